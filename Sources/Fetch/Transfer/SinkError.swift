/// An error of the sink, to be told apart from errors of the source: it ends the fetch.
struct SinkError: Error {
    let underlying: any Error

    static func wrapping<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch { throw SinkError(underlying: error) }
    }
}
