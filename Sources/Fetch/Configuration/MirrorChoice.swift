/// The mirror that a request goes to.
struct MirrorChoice: Sendable, Equatable {
    /// Which prefix of the configuration, and which of its mirrors.
    var prefix: Int
    var index: Int
}
