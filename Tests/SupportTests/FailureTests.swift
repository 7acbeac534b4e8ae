import LibC
import Support
import Testing

@Suite("What an error says to do")
struct FailureTests {
    private func failure(_ code: Int32, inner: Message? = nil, outer: Message? = nil) -> Failure {
        let system = SystemError(code: code, operation: "open 'x'")
        return Failure("outer", cause: Failure("inner", cause: system, remedy: inner), remedy: outer)
    }

    @Test("the remedy closest to the cause counts") func innermost() {
        #expect(failure(EINVAL, inner: "in", outer: "out").innermostRemedy == "in")
        #expect(failure(EINVAL, outer: "out").innermostRemedy == "out")
        #expect(failure(EINVAL).innermostRemedy == nil)
    }

    @Test("the state of the machine comes before what others say", arguments: [ENOSPC, EROFS, EMFILE, ENOMEM, EIO])
    func machine(code: Int32) {
        let remedy = failure(code, inner: "in", outer: "out").innermostRemedy
        #expect(remedy != nil && remedy != "in" && remedy != "out")
        #expect(failure(code).innermostRemedy == remedy)
    }

    @Test("what a path needs is said if nobody says more", arguments: [ENOENT, EACCES, EISDIR, ELOOP])
    func path(code: Int32) {
        #expect(failure(code).innermostRemedy != nil)
        #expect(failure(code, outer: "out").innermostRemedy == "out")
    }
}
