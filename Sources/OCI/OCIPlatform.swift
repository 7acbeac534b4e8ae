import Support

/// The machine a manifest is for, in the words of Go.
public struct OCIPlatform: Sendable, Equatable {
    public var architecture: String
    public var os: String
    /// Such as `v8`.
    public var variant: String?

    public init(architecture: String, os: String, variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    init?(_ json: JSONValue) {
        guard let architecture = json["architecture"]?.string, let os = json["os"]?.string else { return nil }
        self.init(architecture: architecture, os: os, variant: json.present("variant")?.string)
    }

    func writeMembers(to writer: inout JSONWriter) {
        writer.member("architecture", architecture)
        writer.member("os", os)
        writer.member("variant", variant)
    }
}
