/// An error as a person reads it: what failed, why (the chain of causes), and what to do now.
///
///     throw Failure(
///         "could not open pack '\(path)'", cause: error,
///         remedy: "Name a file or folder that pixi-pack has made.")
///
/// Every error that leaves a module is a `Failure` or is wrapped into one. Messages name their subject (package, file,
/// URL without secrets) and have no full stop at the end.
public struct Failure: Error, Sendable {
    /// What failed and on what, for example `could not read lockfile at /x/pixi.lock`.
    public let words: Message
    /// Why it failed; shown after the message, separated by a colon.
    public let cause: (any Error)?
    /// What the reader can do now, a full sentence; shown on a line of its own.
    public let advice: Message?
    /// What kind of failure it is, if whoever made it knows.
    private let ownKind: Kind?
    /// Whether the only problem is that a limit was reached, which the reader can raise.
    private let isLimit: Bool

    /// `words` as text.
    public var message: String { words.brief }
    /// `advice` as text.
    public var remedy: String? { advice?.brief }

    /// - Parameters:
    ///   - message: what failed and on what; no full stop.
    ///   - cause: why it failed.
    ///   - remedy: what the reader can do now; a sentence.
    ///   - kind: what kind of failure it is; nil: that of the cause.
    public init(_ message: Message, cause: (any Error)? = nil, remedy: Message? = nil, kind: Kind? = nil) {
        self.init(message, cause: cause, remedy: remedy, kind: kind, isLimit: false)
    }

    private init(_ message: Message, cause: (any Error)?, remedy: Message?, kind: Kind?, isLimit: Bool) {
        ownKind = kind
        words = message
        self.cause = cause
        advice = remedy
        self.isLimit = isLimit
    }

    /// Something is larger than it may be, and nothing else is known to be wrong with it.
    public static func overLimit(_ message: Message, remedy: Message) -> Failure {
        Failure(message, cause: nil, remedy: remedy, kind: nil, isLimit: true)
    }

    /// Whether this failure, or one of its causes, is that a limit was reached.
    public var isOverLimit: Bool { isLimit || (cause as? Failure)?.isOverLimit ?? false }

    /// What programs can tell failures apart by; each is an exit status of its own.
    public enum Kind: Sendable, Equatable {
        /// Something that was named is not there.
        case notFound
        /// Bytes are not those they should be: a hash, a length or a signature differs, data is damaged.
        case integrity
        /// A server or proxy could not be reached, or did not give what it was asked for.
        case network
        /// There is no room.
        case space
        /// This machine cannot run what is in the pack.
        case hostCheck
    }

    /// What kind of failure this is: its own, else that of its cause; nil if neither has one.
    public var kind: Kind? {
        ownKind ?? (cause as? Failure)?.kind ?? (cause as? SystemError)?.kind
    }

    /// The messages of this failure and its causes, outermost first. A message that only repeats the one before it is
    /// left out.
    public var chain: [Message] {
        var messages = [words]
        var next = cause
        while let error = next {
            if let failure = error as? Failure {
                if failure.words != messages.last { messages.append(failure.words) }
                next = failure.cause
            } else {
                messages.append("\(error)")
                next = nil
            }
        }
        return messages
    }

    /// The chain on one line, without the remedy.
    public var chained: Message { chain.joined(separator: ": ") }

    /// The innermost remedy of the chain, which is closest to the real cause. What a system call says about the machine
    /// (no room, too many open files) comes before all others; what it says about a path counts only if there is no
    /// other remedy.
    public var innermostRemedy: String? { innermostAdvice?.brief }

    /// `innermostRemedy` as a message.
    public var innermostAdvice: Message? { ownRemedy ?? systemError?.remedyForPath }

    private var ownRemedy: Message? {
        if let failure = cause as? Failure, let inner = failure.ownRemedy { return inner }
        return (cause as? SystemError)?.remedyForMachine ?? advice
    }

    /// The system call at the end of the chain.
    private var systemError: SystemError? { (cause as? Failure)?.systemError ?? cause as? SystemError }
}

extension Failure: CustomStringConvertible {
    /// The chain on one line, without the remedy.
    public var description: String { chained.brief }
}

/// Runs `body`, which reads what a person has named: an error it throws says so if that may not be read.
public func describingDenial<Result>(of path: ByteString, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as SystemError where error.isDenial {
        throw Failure(
            "it may not be read", cause: error, remedy: "Look who may read '\(path)' and its folders: ls -ld.")
    }
}

/// Runs `body`; an error it throws becomes the cause of a failure with `message`.
@inlinable
public func describing<Result>(
    _ message: @autoclosure () -> Message, remedy: @autoclosure () -> Message? = nil, _ body: () throws -> Result
) throws -> Result {
    do {
        return try body()
    } catch {
        throw Failure(message(), cause: error, remedy: remedy())
    }
}

/// Runs `body`, which writes what a person has asked for at `path`: an error it throws says so, with `makeRoom`.
@inlinable
public func describingWriting<Result>(of path: ByteString, _ body: () throws -> Result) throws -> Result {
    try describing("could not write '\(path)'", remedy: .makeRoom, body)
}

extension Message {
    /// The remedy where a file that a person has asked for could not be written.
    public static var makeRoom: Message { "Make room, or choose another place with -o." }
}
