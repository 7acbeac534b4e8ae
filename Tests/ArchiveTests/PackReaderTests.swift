import Archive
import LibC
import Support
import TestKit
import Testing

@Suite struct PackReaderTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func open(_ bytes: [UInt8]) throws -> PackReader { try PackReader.open(directory.write("environment.tar", bytes)) }

    func sample(_ names: TarBuilder.LongNames = .gnu) -> TarBuilder {
        var tar = TarBuilder(longNames: names)
        tar.directory("channel")
        tar.file("channel/linux-64/a-1-0.conda", "package")
        tar.file("channel/linux-64/repodata.json", "{}")
        tar.file("pixi-pack.json", "{}")
        return tar
    }

    @Test func findsMembers() throws {
        let pack = try open(sample().finish())
        #expect(
            pack.members.map(\.name.description) == [
                "channel/linux-64/a-1-0.conda", "channel/linux-64/repodata.json", "pixi-pack.json",
            ])
        #expect(try pack["channel/linux-64/a-1-0.conda"]?.open().readAll() == Array("package".utf8))
        #expect(pack["nothing"] == nil)
        #expect(Set(pack.directories.map(\.description)) == ["channel", "channel/linux-64"])
    }

    @Test("leading / and . are dropped, .. is skipped, the last of a name wins")
    func cleansNames() throws {
        var tar = TarBuilder()
        tar.directory("./")
        tar.file("./a", "first")
        tar.file("/b", "b")
        tar.file("../c", "c")
        tar.file("a", "last")
        tar.hardlink("d", to: "b")
        let pack = try open(tar.finish())
        #expect(pack.members.map(\.name.description) == ["a", "b", "d"])
        #expect(try pack["a"]?.open().readAll() == Array("last".utf8))
        #expect(try pack["d"]?.open().readAll() == Array("b".utf8))
    }

    @Test(arguments: [TarBuilder.LongNames.gnu, .pax, .ustarPrefix])
    func readsLongNames(_ style: TarBuilder.LongNames) throws {
        let name = "channel/" + String(repeating: "n", count: 80) + "/" + String(repeating: "é", count: 45)
        var tar = sample(style)
        tar.file(name, "x")
        #expect(try open(tar.finish())[name]?.size == 1)
    }

    @Test func readsLargeSizes() throws {
        // A size of 8 GiB and more is written in base 256; the file itself is full of holes.
        var tar = TarBuilder()
        tar.entry("big", type: "0", size: 9 << 30)
        let path = try directory.write("environment.tar", tar.unfinished)
        let descriptor = try Sys.open(path, O_WRONLY)
        defer { try? Sys.close(descriptor) }
        try Sys.truncate(descriptor, to: 512 + 9 << 30 + 1024)
        #expect(try PackReader.open(path)["big"]?.size == 9 << 30)
    }

    @Test func saysWhatIsMissingFromACutPack() throws {
        let bytes = sample().finish()
        #expect { try open(Array(bytes[..<1030])) } throws: {
            "\($0)".contains(
                "is cut off: 'channel/linux-64/a-1-0.conda' of 7 bytes is expected at byte 1024, only 6 bytes are there"
            )
        }
        #expect { try open(Array(bytes[..<800])) } throws: {
            "\($0)".contains("is cut off: a tar header of 512 bytes is expected at byte 512, only 288 bytes are there")
        }
        // Without the blocks of zeros at its end nobody knows what came behind the last member.
        #expect { try open(Array(bytes.dropLast(512))) } throws: {
            "\($0)".contains("is cut off: the end of the tar of 512 bytes is expected at byte")
        }
        #expect { try open(Array(bytes.dropLast(1024))) } throws: {
            "\($0)".contains("is cut off: a tar header of 512 bytes is expected at byte")
        }
        #expect { try open(Array(bytes.dropLast(512)) + bytes) } throws: {
            "\($0)".contains("has a single block of zeros before byte")
        }
        #expect { try open([]) } throws: { "\($0)".contains("the file is empty") }
        #expect { try open(Array("x".utf8) + bytes) } throws: { "\($0)".contains("is not a tar header") }
    }

    @Test func refusesLinksAndOtherFormats() throws {
        var tar = sample()
        tar.symlink("link", to: "/etc/passwd")
        #expect { try open(tar.finish()) } throws: { "\($0)".contains("'link' is a symbolic link; a pack has none") }
        #expect { try open([UInt8](repeating: 0, count: 10240)) } throws: { "\($0)".contains("it begins with zeros") }
        #expect { try PackReader.open(directory("none.tar")) } throws: {
            "\($0)".contains("could not open pack") && "\($0)".contains("No such file or directory")
        }
    }

    @Test func readsADirectory() throws {
        try directory.write("pack/channel/linux-64/a-1-0.conda", "package")
        try directory.write("pack/pixi-pack.json", "{}")
        try directory.write("pack/pypi/a.whl", "wheel")
        try directory.write("pack/unrelated/deep/file", "")
        let pack = try PackReader.open(directory("pack"))
        #expect(
            pack.members.map(\.name.description) == ["channel/linux-64/a-1-0.conda", "pixi-pack.json", "pypi/a.whl"])
        #expect(try pack["pypi/a.whl"]?.open().readAll() == Array("wheel".utf8))
        #expect(Set(pack.directories.map(\.description)) == ["channel", "channel/linux-64", "pypi"])
    }

    @Test func readsAPartOfAFile() throws {
        let tar = sample().finish()
        let path = try directory.write("environment.sh", Array("#!/bin/sh\n".utf8) + tar + Array("behind".utf8))
        let pack = try PackReader.open(File.open(path).slice().part(offset: 10, length: Int64(tar.count)))
        #expect(try pack["channel/linux-64/a-1-0.conda"]?.open().readAll() == Array("package".utf8))
    }

    @Test func survivesAnyDamage() throws {
        let bytes = sample(.pax).finish()
        for index in bytes.indices where index % 3 == 0 {
            var damaged = bytes
            damaged[index] ^= 0xFF
            _ = try? open(damaged)
        }
    }
}
