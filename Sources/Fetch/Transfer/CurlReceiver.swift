/// What gets the bytes of an answer.
class CurlReceiver {
    /// One header line with its line end.
    func receiveHeader(_ line: UnsafeRawBufferPointer) {}
    /// What becomes of a part of the body.
    enum Receipt {
        case taken
        /// It is offered again when the transfer goes on.
        case pause
        /// The transfer ends with an error.
        case end
    }

    /// A part of the body.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Receipt { .end }
}
