import CondaModel
import Support

@testable import Fetch
@testable import Packing

/// Readers of what servers answer, and of what is sent to them.
let networkTargets: [String: any FuzzTarget] = [
    "http-head": Reading { input in
        var head = ResponseHead()
        for line in input.split(separator: 0x0A) { line.withUnsafeBytes { head.add($0) } }
        require(head.headers.count <= 200, "a head has an end")
        _ = head.contentRange
        _ = head.validator
        _ = head.retryAfter(now: 1_700_000_000)
        if let date = head["date"] { _ = HTTPDate.seconds(date) }
        if let challenge = head["www-authenticate"] { _ = OCIRegistry.fields(challenge) }
    },
    "index-page": Reading { input in
        let page = try IndexPage(input, at: WebURL("https://user:secret@example.org/simple/p/"))
        for link in page.wheels {
            require(["http", "https"].contains(link.url.scheme), "a wheel is fetched over HTTP")
        }
    },
    "oci": Reading { input in
        let text = String(decoding: input, as: UTF8.self)
        _ = OCIRegistry.fields(text)
        if let reference = try? OCIPackageReference(WebURL("oci://" + text)) {
            require((try? WebURL(reference.repository.manifestURL(reference.tag))) != nil, "a manifest has a URL")
            require((try? WebURL(reference.repository.blobURL("sha256:0"))) != nil, "a blob has a URL")
        }
    },
    "credentials": Reading { input in
        let folder = FuzzFolder("credentials")
        try folder.clear()
        try folder.write("auth.json", input)
        _ = try CredentialFile(folder.path.appending(path: "auth.json"), mustExist: true)
    },
]
