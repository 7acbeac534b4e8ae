import Support

/// What the error of a call says, with the remedy behind it; "(no error)" if there is none.
public func errorText(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "(no error)"
    } catch let failure as Failure {
        return failure.description + (failure.innermostRemedy.map { " | \($0)" } ?? "")
    } catch {
        return "\(error)"
    }
}
