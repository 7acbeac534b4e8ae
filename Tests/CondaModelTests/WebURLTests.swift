import Support
import Testing

@testable import CondaModel

@Suite("URLs and locations") struct WebURLTests {
    // Pairs checked against the URL library of the original.
    @Test(
        "the folder is the segment before the last one",
        arguments: [
            ("https://h/linux-64/a.conda", "linux-64"), ("https://h/c/noarch/", "noarch"), ("https://h/a", nil),
            ("https://h//a", ""), ("https://h/x/y/z?q=/1/2#/3", "y"),
        ] as [(String, String?)])
    func folder(text: String, expected: String?) throws { #expect(try WebURL(text).folder == expected) }

    @Test(
        "URLs are brought into WHATWG normal form [lock 1.11]",
        arguments: [
            ("https://H.org:443/c/./x/../linux-64/a b-1-0.conda", "https://h.org/c/linux-64/a%20b-1-0.conda"),
            ("https://h.org/c/a^{}|`'\"<>-1-0.conda", "https://h.org/c/a^%7B%7D|%60'%22%3C%3E-1-0.conda"),
            ("HTTP://u s:p@[::1]:80/c/a?x=a b'\"#f r`", "http://u%20s:p@[::1]/c/a?x=a%20b%27%22#f%20r%60"),
            ("https://0x7f.1/c", "https://127.0.0.1/c"),
            ("https://1.2.3/linux-64", "https://1.2.0.3/linux-64"),
            ("https://h.org\\c\\linux-64\\a", "https://h.org/c/linux-64/a"),
            ("https:/h.org/c", "https://h.org/c"),
            ("https:///a/b", "https://a/b"),
            ("https://h.org", "https://h.org/"),
            ("s3://Bucket/a b/../linux-64/a", "s3://Bucket/linux-64/a"),
            ("gcs://B/é/a", "gcs://B/%C3%A9/a"),
            ("s3://b", "s3://b"),
            ("s3://B:80/x", "s3://B:80/x"),
            ("file:///x/%20y/a", "file:///x/%20y/a"),
            ("file://localhost/x/a", "file:///x/a"),
            ("file:x/a", "file:///x/a"),
            ("file:///C|/x/../../y", "file:///C:/y"),
            ("https://bücher.de/c", "https://xn--bcher-kva.de/c"),
            ("https://日本語。jp/", "https://xn--wgv71a119e.jp/"),
            ("https://h.org/%2e%2E/c/é", "https://h.org/c/%C3%A9"),
            ("https://h.org//c///linux-64/a", "https://h.org//c///linux-64/a"),
            ("https://EXAMPLE.com./a", "https://example.com./a"),
            ("foo:bar-1", "foo:bar-1"),
            ("foo:/..//p", "foo:/.//p"),
            ("https://h/a%zz", "https://h/a%zz"),
            ("https://h/[x]-1", "https://h/[x]-1"),
            (" https://h/x\ty/a\n", "https://h/xy/a"),
            ("https://h:/a", "https://h/a"),
            ("http://h:080/a", "http://h/a"),
            ("https://@h/a", "https://h/a"),
            ("https://u:@h/a", "https://u@h/a"),
            ("https://h/x/..a/.b/...//.", "https://h/x/..a/.b/...//"),
            ("https://h/a/..", "https://h/"),
            ("https://[::FFFF:1.2.3.4]/a", "https://[::ffff:102:304]/a"),
            ("https://[1:0:0:2:0:0:0:3]/", "https://[1:0:0:2::3]/"),
            ("https://h%41.org/a", "https://ha.org/a"),
            ("http://h/~x/a", "http://h/~x/a"),
            ("direct+https://H/x", "direct+https://H/x"),
            (
                "https://conda.anaconda.org/conda-forge/linux-64/zl-1!1.3-h1_2.tar.bz2",
                "https://conda.anaconda.org/conda-forge/linux-64/zl-1!1.3-h1_2.tar.bz2"
            ),
        ])
    func normalForm(_ text: String, _ expected: String) throws {
        #expect(try WebURL(text).text == expected)
        #expect(try WebURL(expected).text == expected, "the normal form is its own normal form")
    }

    @Test(
        "text that is no URL says why",
        arguments: [
            ("https://h:99999/a", "invalid port number"), ("https://h:x/a", "invalid port number"),
            ("https://h org/a", "invalid domain character"), ("https://", "empty host"),
            ("https://u@/x", "empty host"), ("https://1.2.3.4.5/", "invalid IPv4 address"),
            ("https://256.1.1.1/", "invalid IPv4 address"), ("https://[::1/", "invalid IPv6 address"),
            ("https://[g::]/", "invalid IPv6 address"), ("a/b", "relative URL without a base"),
            ("", "relative URL without a base"),
        ])
    func refuses(_ text: String, _ reason: String) {
        #expect { try WebURL(text) } throws: { "\($0)".hasSuffix("is not a valid URL: \(reason)") }
    }

    @Test func givesItsParts() throws {
        let url = try WebURL("https://u:p@h.org:8443/a/b%20c?q=1#f")
        #expect(url.scheme == "https")
        #expect(url.userInfo == "u:p")
        #expect(url.host == "h.org")
        #expect(url.port == 8443)
        #expect(url.path == "/a/b%20c")
        #expect(url.query == "q=1")
        #expect(url.fragment == "f")
        #expect(url.lastSegment == "b%20c")
        #expect(url.segments == ["a", "b%20c"])
        #expect(url.folder == "a")

        let plain = try WebURL("http://h/")
        #expect(plain.userInfo == nil)
        #expect(plain.port == nil)
        #expect(plain.query == nil)
        #expect(plain.fragment == nil)
        #expect(plain.lastSegment == nil)
        #expect(try WebURL("https://[::1]:81/x").host == "[::1]")
        #expect(try WebURL("https://[::1]/x").port == nil)
        #expect(try WebURL("file:///x").host == nil)
        #expect(try WebURL("s3://b").lastSegment == nil)
        #expect(try WebURL("foo:a/b").path == "a/b")
        #expect(try WebURL("foo:a/b").lastSegment == "b")
    }

    @Test(
        "secrets do not reach messages",
        arguments: [
            ("https://user:secret@h/x", "https://***@h/x"),
            ("https://h/t/tk-secret/c/a.conda", "https://h/t/***/c/a.conda"),
            ("https://h/t/tk-secret", "https://h/t/***"),
            ("https://h/c/a?sig=secret&token=secret&secret", "https://h/c/a?sig=***&token=***&***"),
            ("https://h/c/a#sha256=1", "https://h/c/a#sha256=1"),
            ("https://u@h/t/secret/x?a=secret#f", "https://***@h/t/***/x?a=***#f"),
            ("s3://key:secret@b/x", "s3://***@b/x"),
            ("h#tps://u:secret@h/a?b=secret#c", "h#tps://***@h/a?b=***#c"), ("a?b://u", "a?b://u"),
            ("./t/x/y", "./t/x/y"), ("git+ssh://git@h/r", "git+ssh://git@h/r"),
            ("ssh://git:secret@h/r", "ssh://***@h/r"),
            ("git+https://h/r?subdirectory=a&rev=1&x=secret#f", "git+https://h/r?subdirectory=a&rev=1&x=***#f"),
        ])
    func redacted(_ text: String, _ expected: String) { #expect(WebURL.redact(text) == expected) }

    @Test func errorsAndDescriptionsAreRedacted() throws {
        #expect { try WebURL("https://u:secret@h:x/") } throws: { !"\($0)".contains("secret") }
        #expect("\(try WebURL("https://u:secret@h/"))" == "https://***@h/")
    }

    @Test(
        "a location is a URL or a path [lock 1.11]",
        arguments: [
            ("file:///x/%20y/a-1-0.conda", "/x/ y/a-1-0.conda"),
            ("file:///C:/x/a-1-0.conda", "C:\\x\\a-1-0.conda"),
            ("file://host/x/a", "\\\\host\\x\\a"),
            ("file://localhost/x/a", "/x/a"),
            ("C:\\x\\a", "C:\\x\\a"), ("c:/x/a", "c:/x/a"), ("../a/./b", "../a/./b"), ("/abs//x", "/abs//x"),
            ("~/x", "~/x"), ("", ""), ("a b:c", "a b:c"),
        ])
    func paths(_ text: String, _ expected: String) throws {
        #expect(try PackageLocation(parsing: ByteString(text)) == .path(ByteString(expected)))
    }

    @Test func fileURLsStayURLsWhereAsked() throws {
        let kept = try PackageLocation(parsing: "file:///x/a-1-0.conda", fileURLs: .kept)
        #expect(kept == .url(try WebURL("file:///x/a-1-0.conda")))
        #expect(throws: Failure.self) { try PackageLocation(parsing: "https://h:x/") }
        #expect(try WebURL("direct+https://h/x").withoutDirectPrefix.text == "https://h/x")
    }

    @Test(
        "paths are compared lexically, a leading .. counts",
        arguments: [
            ("./a", "a"), ("a/../b/./c/", "b/c"), ("../a", "../a"), ("../../a", "../../a"), ("/../a", "/a"),
            ("/a//b", "/a/b"),
        ])
    func comparable(_ text: String, _ expected: String) {
        #expect(PackageLocation.path(ByteString(text)).comparable == .path(ByteString(expected)))
    }

    @Test func lastSegmentOfAPath() {
        #expect(PackageLocation.path("./a/b.whl").lastSegment == "b.whl")
        #expect(PackageLocation.path("C:\\a\\b.whl").lastSegment == "b.whl")
        #expect(PackageLocation.path("a/").lastSegment == nil)
    }
}
