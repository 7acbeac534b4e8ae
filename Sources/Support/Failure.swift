/// An error as a person reads it: what failed, why (the chain of causes), and what to do now.
///
/// Every error that leaves a module is a `Failure` or is wrapped into one. Messages name their subject (package, file,
/// URL without secrets) and have no final full stop.
public struct Failure: Error, Sendable {
    /// What failed and on what, for example `could not read lockfile at /x/pixi.lock`.
    public let message: String
    /// Why it failed; shown after the message, separated by a colon.
    public let cause: (any Error)?
    /// What the reader can do now, a sentence of its own; shown on a line of its own.
    public let remedy: String?

    public init(_ message: String, cause: (any Error)? = nil, remedy: String? = nil) {
        self.message = message
        self.cause = cause
        self.remedy = remedy
    }

    /// The messages of this failure and its causes, outermost first; one that says the same again is left out.
    public var chain: [String] {
        var messages = [message]
        var next = cause
        while let error = next {
            if let failure = error as? Failure {
                if failure.message != messages.last { messages.append(failure.message) }
                next = failure.cause
            } else {
                messages.append("\(error)")
                next = nil
            }
        }
        return messages
    }

    /// The innermost remedy of the chain: the one closest to what really happened. What a system call says about the
    /// machine (no room, too many files) is closest of all; what it says about a path only counts if nobody knows better.
    public var innermostRemedy: String? { ownRemedy ?? systemError?.remedyForPath }

    private var ownRemedy: String? {
        if let failure = cause as? Failure, let inner = failure.ownRemedy { return inner }
        return (cause as? SystemError)?.remedyForMachine ?? remedy
    }

    /// The system call at the end of the chain.
    private var systemError: SystemError? { (cause as? Failure)?.systemError ?? cause as? SystemError }
}

extension Failure: CustomStringConvertible {
    /// The chain on one line, without the remedy.
    public var description: String { chain.joined(separator: ": ") }
}

/// Runs `body`; an error it throws becomes the cause of a failure with `message`.
@inlinable
public func describing<Result>(
    _ message: @autoclosure () -> String, remedy: @autoclosure () -> String? = nil, _ body: () throws -> Result
) throws -> Result {
    do {
        return try body()
    } catch {
        throw Failure(message(), cause: error, remedy: remedy())
    }
}
