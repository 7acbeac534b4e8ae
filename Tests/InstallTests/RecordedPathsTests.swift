import Support
import TestKit
import Testing

@testable import Install

/// Records as conda 26 writes them of `noarch: python` packages.
@Suite struct RecordedPathsTests {
    private func record(_ paths: [String], files: [String]) throws -> JSONValue {
        let rows = paths.map { #"{"_path": "\#($0)", "path_type": "hardlink", "size_in_bytes": 1}"# }
        let files = files.map { "\"\($0)\"" }
        return try JSONDocument(
            Array(
                """
                {"name": "p", "version": "1", "build": "0", "files": [\(files.joined(separator: ", "))],
                 "paths_data": {"paths_version": 1, "paths": [\(rows.joined(separator: ", "))]}}
                """.utf8)
        ).root
    }

    private func paths(_ record: JSONValue) -> [String?] { RecordedPaths(record).map { $0.path?.lossyString } }

    @Test("what conda calls by the package's path is found where it is") func short() throws {
        let home = "lib/python3.13t/site-packages"
        let files = [
            "bin/p", "bin/tool", "\(home)/p/__init__.py", "\(home)/q/p/__init__.py", "\(home)/p.py",
            "\(home)/__pycache__/p.cpython-313.pyc", "share/p",
        ]
        let record = try record(
            [
                "python-scripts/tool", "site-packages/p/__init__.py", "site-packages/q/p/__init__.py",
                "site-packages/p.py", "share/p", "bin/p", "\(home)/__pycache__/p.cpython-313.pyc",
            ], files: files)
        #expect(
            paths(record) == [
                "bin/tool", "\(home)/p/__init__.py", "\(home)/q/p/__init__.py", "\(home)/p.py", "share/p", "bin/p",
                "\(home)/__pycache__/p.cpython-313.pyc",
            ])
        // Each file is expected once, with what the row says of it.
        let expected = try ExpectedFile.all(in: record)
        #expect(Set(expected.map { $0.path.bytes.lossyString }) == Set(files) && expected.count == files.count)
        #expect(expected.allSatisfy { $0.size == 1 })
    }

    @Test("site-packages of another name, as a Python's record may say") func otherHome() throws {
        let record = try record(["site-packages/p.py"], files: ["Lib/modules/p.py", "Lib/modules/a/p.py"])
        #expect(paths(record) == ["Lib/modules/p.py"])
    }

    @Test("what is no such path stays") func others() throws {
        let own = try record(["site-packages/p.py"], files: ["site-packages/p.py", "lib/site-packages/p.py"])
        #expect(paths(own) == ["site-packages/p.py"])
        let unknown = try record(["site-packages/p.py", "python-scripts/x"], files: ["share/p"])
        #expect(paths(unknown) == ["site-packages/p.py", "python-scripts/x"])
        #expect(try paths(record([], files: [])) == [])
    }

    /// As libmamba 1.5 and 2 write rows: without placeholder, and with the hash of nothing for a link that leads nowhere.
    @Test("rows of mamba's records") func mamba() throws {
        func row(_ text: String) throws -> JSONValue { try JSONDocument(Array(text.utf8)).root }
        #expect(
            try RecordedPaths.isChanged(row(#"{"path_type": "hardlink", "sha256": "aa", "sha256_in_prefix": "bb"}"#)))
        for text in [
            #"{"path_type": "hardlink", "sha256": "aa", "sha256_in_prefix": "aa"}"#,
            #"{"path_type": "softlink", "sha256": "aa", "sha256_in_prefix": "bb"}"#,
            #"{"path_type": "hardlink", "sha256": "aa", "sha256_in_prefix": ""}"#,
            #"{"path_type": "hardlink", "sha256": "aa"}"#, #"{"path_type": "pyc_file"}"#,
        ] { #expect(try !RecordedPaths.isChanged(row(text)), "\(text)") }
        let directory = try TemporaryDirectory()
        try Sys.symlink("nowhere", at: directory("link"))
        let (nothing, other) = (SHA256Hasher.hash([]).hex, String(repeating: "0a", count: 32))
        for (hash, difference) in [(nothing, nil), (other, "it leads elsewhere")] {
            let record = try JSONDocument(
                Array(
                    """
                    {"name": "p", "paths_data": {"paths": [{"_path": "link", "path_type": "softlink",
                     "sha256": "\(other.replacing(text: "a", with: "b"))", "sha256_in_prefix": "\(hash)"}]}}
                    """.utf8)
            ).root
            let file = try #require(try ExpectedFile.all(in: record).first)
            #expect(file.difference(in: directory.path) == difference)
        }
    }
}
