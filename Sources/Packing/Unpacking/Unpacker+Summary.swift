import Install
import Support

extension Unpacker {
    /// What was made, or would be.
    public struct Summary: Sendable {
        /// The absolute path of the environment.
        public let place: ByteString
        /// Where it will be used.
        public let prefix: FinalPrefix
        /// The activation scripts; one for each file name.
        public let activationScripts: [ByteString]
        public let changes: EnvironmentChanges
        /// Whether all of it was made now; otherwise something was there, and was updated.
        public private(set) var isNew: Bool
        /// Whether it came out of an image, so that nothing is known of single packages.
        public private(set) var isOfImage = false
        /// Another process has made it while this one waited.
        public var wasMadeMeanwhile = false
        /// The folder of the workspace that was made with it.
        public var workspace: ByteString?

        mutating func becomeNew() { (isNew, isOfImage) = (true, true) }
    }
}
