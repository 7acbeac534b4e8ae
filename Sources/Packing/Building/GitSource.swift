import CondaModel
import Support

/// A git repository at a commit, as lock files write it: `git+https://host/repo.git?subdirectory=x&rev=y#sha`, in those of
/// conda-lock `git+https://host/repo.git@rev`.
struct GitSource: Sendable, Equatable {
    let url: String
    /// Commit, tag or branch; nil for the default branch.
    let revision: String?
    let subdirectory: String?

    /// Nil if the URL is not one of git.
    init?(_ url: WebURL) {
        guard url.scheme.hasPrefix("git+") else { return nil }
        var text = url.text.dropFirst("git+".count)
        var fields: [(name: String, value: String)] = []
        for part in [url.query, url.fragment].compactMap({ $0 }) {
            for pair in part.split(separator: "&") {
                let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = words.count > 1 ? PercentEncoding.decode(words[1].utf8) : []
                fields.append((String(words[0]), String(decoding: value, as: UTF8.self)))
            }
        }
        if let end = text.firstIndex(where: { $0 == "?" || $0 == "#" }) { text = text[..<end] }
        func value(_ name: String) -> String? { fields.last { $0.name == name }?.value }
        // The full hash stands alone in the fragment.
        let hash = url.fragment?.split(separator: "&").first { !$0.contains("=") }.map(String.init)
        // conda-lock writes what pip understands: `repo.git@rev`.
        var named: String?
        if let at = text.lastIndex(of: "@"), let slash = text.lastIndex(of: "/"), at > slash {
            named = String(text[text.index(after: at)...])
            text = text[..<at]
        }
        self.url = String(text)
        revision = hash ?? value("rev") ?? value("tag") ?? value("branch") ?? named
        subdirectory = value("subdirectory")
    }

    /// Clones the repository and checks the revision out, submodules included.
    ///
    /// - Returns: the directory of the source.
    func checkOut(into directory: ByteString, git: BuildTool) throws -> ByteString {
        if let revision, revision.hasPrefix("-") {
            throw Failure("unsafe revision '\(revision)'", remedy: "The lock file is wrong: lock again.")
        }
        try git.run(["clone", "--quiet", "--no-checkout", "--", ByteString(url), directory])
        try git.run(["checkout", "--quiet", "--detach", ByteString(revision ?? "HEAD")], directory: directory)
        try git.run(["submodule", "--quiet", "update", "--init", "--recursive"], directory: directory)
        guard let subdirectory, !subdirectory.isEmpty, subdirectory != "." else { return directory }
        return directory.appending(path: try RelativePath(ByteString(subdirectory)).bytes)
    }
}
