import CLibCurl
import CondaModel
import LibC
import Support

/// What one HTTP request looks like on the wire.
struct HTTPRequest: Sendable {
    var url: String
    /// Header lines that carry credentials: only for this URL's origin, never printed.
    var secretHeaders: [String] = []
    /// Where the credentials are from, for messages; nil: there are none.
    var credentialPlace: String?
    /// The mirror it goes to, for its failure counter.
    var mirror: MirrorChoice?
}
