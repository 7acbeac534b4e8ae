import CondaModel
import Support
import TestKit
import Testing

@testable import Lockfile

@Suite("@EXPLICIT lists") struct ExplicitListTests {
    private static let md5 = "939e3e74d8be4dac89ce83b20de2492a"
    private static let sha256 = "175315eb3d6ea1f64a6ce470be00fa2ee59980108f246d3072ab8b977cb048a5"
    private static let base = "https://conda.anaconda.org/conda-forge"

    private func list(_ lines: String...) throws -> ExplicitList {
        try ExplicitList(Array(lines.joined(separator: "\n").utf8))
    }

    @Test("URLs with hashes of every form, comments, line ends") func reads() throws {
        let (base, md5, sha256) = (ExplicitListTests.base, ExplicitListTests.md5, ExplicitListTests.sha256)
        let list = try list(
            "# This file may be used to create an environment using:", "# platform: linux-64", "", "@EXPLICIT\r",
            "\(base)/linux-64/x264-1%21164.3095-h166bdaf_2.tar.bz2#\(md5)\r",
            "  \(base)/noarch/b-2-0.conda#sha256:\(sha256)", "\(base)/noarch/c-2-0.conda#\(sha256.uppercased())",
            "\(base)/noarch/b-2-0.conda#sha256:\(sha256)", "file:///opt/c/noarch/d%2B-2-0.conda", "rel/e-2-0.conda",
            "# pip certifi @ https://files.example/certifi-2023.7.22-py3-none-any.whl#sha256=\(sha256)",
            "# pip Other @ git+https://h.example/other.git@abc")
        #expect(
            list.packages.map(\.fileName) == [
                "d+-2-0.conda", "x264-1!164.3095-h166bdaf_2.tar.bz2", "b-2-0.conda", "c-2-0.conda", "e-2-0.conda",
            ])
        #expect(list.packages.map { $0.md5?.hex } == [nil, md5, nil, nil, nil])
        #expect(list.packages.map { $0.sha256?.hex } == [nil, nil, sha256, sha256, nil])
        #expect(list.packages.map(\.subdir) == [.noarch, .linux64, .noarch, .noarch, nil])
        #expect(list.python.map(\.name.text) == ["certifi", "other"])
        #expect(list.python.map(\.displayVersion) == ["2023.7.22", LockedPyPI.unknownVersion])
        #expect(list.python[0].sha256?.hex == sha256)
        #expect(try list.platform(asked: nil) == .linux64)
    }

    @Test("the platform is that of the URLs, else the one of the comment") func platform() throws {
        let (noarch, arm) = ("https://h.example/c/noarch/a-1-0.conda", "https://h.example/c/osx-arm64/a-1-0.conda")
        let linux = "https://h.example/c/linux-64/a-1-0.conda"
        #expect(try list("# platform: win-64", "@EXPLICIT", arm, noarch).platform(asked: nil) == .osxArm64)
        #expect(try list("# platform: win-64", "@EXPLICIT", noarch).platform(asked: nil) == .win64)
        #expect(try list("# platform: win-64", "@EXPLICIT", noarch).platform(asked: .osxArm64) == .osxArm64)
        #expect(try list("@EXPLICIT", noarch).platform(asked: nil) == .current)
        #expect { try list("@EXPLICIT", arm, linux).platform(asked: nil) } throws: {
            "\($0)" == "the list has packages of several platforms: linux-64, osx-arm64"
        }
        #expect { try list("@EXPLICIT", arm).platform(asked: .linux64) } throws: {
            "\($0)" == "the packages of the list are for osx-arm64, not for linux-64"
        }
    }

    @Test(
        "what is no list says why",
        arguments: [
            ("https://h.example/noarch/a-1-0.conda", "it has no line '@EXPLICIT'"), ("", "it has no line '@EXPLICIT'"),
            ("@EXPLICIT\nnumpy=1.2", "line 2: 'numpy=1.2' is not the location of a conda package (.conda, .tar.bz2)"),
            (
                "@EXPLICIT\nhttps://u:secret@h.example/x.zip#1",
                "line 2: 'https://***@h.example/x.zip' is not the location of a conda package (.conda, .tar.bz2)"
            ),
            ("@EXPLICIT\n\na-1-0.conda#12", "line 3: '#12' is neither an MD5 nor a SHA-256"),
            ("@EXPLICIT\nhttps://h/x-1-..%2Fy_0.conda", "file name"),
            ("@EXPLICIT\n# pip x", "line 2: 'x' is not NAME @ URL"),
            ("@EXPLICIT\na-1-0.conda\na-1-0.conda#\(md5)", "'a-1-0.conda' is there twice, with different hashes"),
        ])
    func refuses(_ text: String, _ reason: String) {
        #expect { try ExplicitList(Array(text.utf8)) } throws: { "\($0)".contains(reason) }
    }

    @Test("what is written can be read, and keeps no secrets") func writes() throws {
        let text = """
            version: 6
            environments:
              default:
                channels: []
                packages:
                  linux-64:
                  - conda: https://u:p@h.example/t/secret/c/linux-64/x264-1%21164-h_2.tar.bz2
                  - conda: local/b c-1-0.conda
                  - pypi: https://h.example/certifi-2023.7.22-py3-none-any.whl
            packages:
            - conda: https://u:p@h.example/t/secret/c/linux-64/x264-1%21164-h_2.tar.bz2
              md5: \(ExplicitListTests.md5)
              sha256: \(ExplicitListTests.sha256)
            - conda: local/b c-1-0.conda
              sha256: \(ExplicitListTests.sha256)
              name: b
              version: '1'
              subdir: noarch
            - pypi: https://h.example/certifi-2023.7.22-py3-none-any.whl
              name: certifi
              version: 2023.7.22
              sha256: \(ExplicitListTests.sha256)
            """
        let written = try ExplicitText.render(
            Sample.packages(text), platform: .linux64, directory: "/w 1%", producer: "pixi-pack 1")
        #expect(
            String(decoding: written, as: UTF8.self) == """
                # This file may be used to create an environment using:
                # $ conda create --name <env> --file <this file>
                # platform: linux-64
                # created-by: pixi-pack 1
                @EXPLICIT
                https://h.example/c/linux-64/x264-1%21164-h_2.tar.bz2#\(ExplicitListTests.md5)
                file:///w%201%25/local/b%20c-1-0.conda#sha256:\(ExplicitListTests.sha256)
                # pip certifi @ https://h.example/certifi-2023.7.22-py3-none-any.whl#sha256=\(ExplicitListTests.sha256)

                """)
        let read = try ExplicitList(written)
        #expect(read.packages.map(\.fileName) == ["b c-1-0.conda", "x264-1!164-h_2.tar.bz2"])
        #expect(read.packages[0].location == .path("/w 1%/local/b c-1-0.conda"))
        #expect(read.python.map(\.version) == ["2023.7.22"])
    }

    @Test("a package that is no file yet cannot be listed") func sources() throws {
        let text = Sample.version6("conda: ./src", "name: mine\nversion: '1'\nsubdir: noarch")
        #expect {
            try ExplicitText.render(Sample.packages(text), platform: .linux64, directory: "/", producer: "")
        } throws: {
            "\($0)" == "'mine' is locked as source (./src), so there is no file to list"
        }
    }
}
