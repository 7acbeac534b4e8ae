/// An error as a person reads it: what failed, why (the chain of causes), and what to do now.
///
/// Every error that leaves a module is a `Failure` or is wrapped into one. Messages name their subject (package, file,
/// URL without secrets) and have no final full stop.
public struct Failure: Error, Sendable {
    /// What failed and on what, for example `could not read lockfile at /x/pixi.lock`.
    public let words: Message
    /// Why it failed; shown after the message, separated by a colon.
    public let cause: (any Error)?
    /// What the reader can do now, a sentence of its own; shown on a line of its own.
    public let advice: Message?
    /// Whether nothing is wrong but that a limit the reader can raise was reached.
    private let isLimit: Bool

    /// `words` as text.
    public var message: String { words.brief }
    /// `advice` as text.
    public var remedy: String? { advice?.brief }

    public init(_ message: Message, cause: (any Error)? = nil, remedy: Message? = nil) {
        self.init(message, cause: cause, remedy: remedy, isLimit: false)
    }

    private init(_ message: Message, cause: (any Error)?, remedy: Message?, isLimit: Bool) {
        words = message
        self.cause = cause
        advice = remedy
        self.isLimit = isLimit
    }

    /// Something is larger than it may be; nothing is known to be wrong with it.
    static func overLimit(_ message: Message, remedy: Message) -> Failure {
        Failure(message, cause: nil, remedy: remedy, isLimit: true)
    }

    /// Whether the failure, or what caused it, is that a limit was reached.
    public var isOverLimit: Bool { isLimit || (cause as? Failure)?.isOverLimit ?? false }

    /// The messages of this failure and its causes, outermost first; one that says the same again is left out.
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

    /// The innermost remedy of the chain: the one closest to what really happened. What a system call says about the
    /// machine (no room, too many files) is closest of all; what it says about a path only counts if nobody knows better.
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
