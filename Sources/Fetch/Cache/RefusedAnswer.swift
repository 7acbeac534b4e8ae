/// An answer that is not the archive that was asked for, such as a login page.
struct RefusedAnswer: Error {
    let reason: any Error
}
