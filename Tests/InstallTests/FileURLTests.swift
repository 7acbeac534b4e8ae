import Install
import Testing

@Suite struct FileURLTests {
    @Test func encodesAsTheURLLibraryDoes() {
        #expect(FileURL.text("/a b/1!2+x%\u{E9}.conda") == "file:///a%20b/1!2+x%25%C3%A9.conda")
    }

    @Test func strictlyEncodesAllButUnreservedBytes() {
        #expect(FileURL.text("/a b/1!2+x_~.conda", .strict) == "file:///a%20b/1%212%2Bx_~.conda")
    }
}
