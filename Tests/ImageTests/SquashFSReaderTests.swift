import Archive
import LibC
import Support
import TestKit
import Testing

@testable import Image

/// Our reader, with images of the programs that make them.
@Suite(.enabled(if: ChildProcess.find("mksquashfs") != nil, "squashfs-tools is not installed"))
struct SquashFSReaderTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let usual = ["-comp", "zstd", "-noappend", "-no-progress", "-quiet", "-no-xattrs", "-all-root"]

    private func shell(_ line: String) throws {
        let outcome = try ChildProcess.run(
            ["/bin/sh", "-ec", line], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], in: directory.path)
        #expect(outcome.status == 0, "\(line): \(outcome.errors) \(outcome.output)")
    }

    /// An image of the folder `tree`.
    private func image(_ options: [String] = []) throws -> FileSlice {
        try shell("mksquashfs tree image \((Self.usual + options).joined(separator: " "))")
        return try File.open(directory("image")).slice()
    }

    private func contents(_ reader: SquashFSReader) throws -> [ByteString: [UInt8]] {
        let contents = try reader.makeContents()
        var found: [ByteString: [UInt8]] = [:]
        for place in reader.groups.joined() {
            var bytes: [UInt8] = []
            try contents.read(place) { bytes.append(contentsOf: $0) }
            found[reader.entries[place].path.bytes] = bytes
        }
        return found
    }

    /// Compares an image with the folder it was made of.
    private func compare(_ image: FileSlice, hardLinks: Set<ByteString> = []) throws {
        let reader = try SquashFSReader(image)
        let contents = try contents(reader)
        var seen: Set<ByteString> = []
        for entry in reader.entries {
            let path = entry.path.bytes
            #expect(seen.insert(path).inserted)
            if let parent = entry.path.parent { #expect(seen.contains(parent.bytes), "'\(path)' before its folder") }
            let real = directory("tree").appending(path: path)
            let status = try Sys.stat(real, followLinks: false)
            #expect(entry.mode == UInt32(status.st_mode) & 0o7777, "\(path)")
            #expect(entry.time == Int64(status.st_mtim.tv_sec), "\(path)")
            switch entry.kind {
            case .directory: #expect(status.st_mode & S_IFMT == S_IFDIR, "\(path)")
            case .file(let size):
                #expect(size == Int64(status.st_size), "\(path)")
                #expect(try contents[path] == File.open(real).slice().readAll(), "\(path)")
            case .symlink(let target): #expect(try target == Sys.readlink(real), "\(path)")
            case .hardlink(let other):
                #expect(seen.contains(other.bytes), "\(path)")
                let first = try Sys.stat(directory("tree").appending(path: other.bytes))
                #expect(first.st_ino == status.st_ino, "\(path)")
            }
        }
        try shell("cd tree && find . -mindepth 1 | wc -l >../count")
        let count = String(decoding: try File.open(directory("count")).slice().readAll(), as: UTF8.self)
        #expect("\(seen.count)\n" == count)
    }

    private static let tree = """
        mkdir -p tree/a/b/c tree/many tree/empty; cd tree
        : >nothing; echo one >a/one; echo two >a/b/two; cp a/one a/b/c/same
        i=0; while [ $i -lt 700 ]; do echo $i >many/a-rather-long-name-for-a-file-in-a-folder-$i; i=$((i+1)); done
        head -c 3000000 /dev/urandom >noise; cp noise copy; yes text | head -c 5000001 >text
        truncate -s 3M sparse; printf end >>sparse; truncate -s 2M hollow
        ln noise a/twin; ln -s ../noise a/link; ln -s /nowhere/at/all dangling
        chmod 755 text; chmod 600 noise; chmod 750 a; touch -d @1000000000 text a/one a
        """

    @Test(
        "everything is read as it was written",
        arguments: [
            [], ["-b", "1M", "-noI"], ["-b", "4K"], ["-noI", "-noD", "-noF"], ["-no-fragments"],
            ["-always-use-fragments", "-b", "64K"], ["-Xcompression-level", "22"], ["-no-duplicates"],
        ])
    func everything(_ options: [String]) throws {
        try shell(Self.tree)
        try compare(image(options))
    }

    @Test("many folders and blocks of folders and inodes, as sqfstar writes them")
    func large() throws {
        try shell(
            """
            mkdir -p tree; cd tree
            for d in 1 2 3 4 5 6 7 8 9; do mkdir -p d$d/e/f; i=0
            while [ $i -lt 400 ]; do echo $d $i >d$d/e/f/some-file-with-a-long-name-$i; i=$((i+1)); done; done
            cd ..; find tree -exec touch -d @1700000000 {} +
            tar -C tree -cf - . | sqfstar -comp zstd -b 1M -noI -no-progress -quiet -force image 2>/dev/null
            """)
        try compare(File.open(directory("image")).slice())
    }

    @Test("one file is found by its path")
    func file() throws {
        try shell(Self.tree)
        let image = try image()
        func file(_ path: String, limit: Int = 1 << 20) throws -> [UInt8]? {
            try SquashFSReader.file(RelativePath(ByteString(path)), in: image, limit: limit)
        }
        #expect(try file("a/b/two") == Array("two\n".utf8))
        #expect(try file("a/b/two", limit: 3) == nil)
        #expect(try file("a/b/three") == nil)
        #expect(try file("a/b/c") == nil)
        #expect(try file("nothing") == [])
    }

    @Test("other kinds are refused by name", arguments: ["gzip", "xz", "lzo", "lz4"])
    func others(_ compression: String) throws {
        try shell("mkdir tree; echo a >tree/a; mksquashfs tree image -comp \(compression) -quiet -no-progress")
        let slice = try File.open(directory("image")).slice()
        let error = #expect(throws: Failure.self) { try SquashFSReader(slice) }
        let text = error?.message ?? ""
        #expect(text.contains("it is compressed with \(compression)") == true)
        try directory.write("text", String(repeating: "no image ", count: 20))
        #expect(throws: Failure.self) { try SquashFSReader(File.open(directory("text")).slice()) }
    }

    @Test("devices are refused", .enabled(if: geteuid() == 0))
    func devices() throws {
        try shell("mkdir tree; mkfifo tree/pipe")
        let image = try image()
        #expect(throws: Failure.self) { try SquashFSReader(image) }
    }

    @Test("what becomes more than is allowed is refused before it is read")
    func limit() throws {
        try shell("mkdir tree; truncate -s 400M tree/zeros")
        let image = try image()
        #expect(throws: Failure.self) { try SquashFSReader(image) }
        #expect(throws: Failure.self) { try SquashFSReader(image, maximumSize: 300 << 20) }
        #expect(try SquashFSReader(image, maximumSize: 500 << 20).entries.count == 1)
    }

    @Test("damaged and cut images end in an error, or in what they say", arguments: 0..<4)
    func damaged(_ seed: UInt64) throws {
        try shell(
            """
            mkdir -p tree/a/b; cd tree; i=0; while [ $i -lt 40 ]; do echo $i >a/b/$i; i=$((i+1)); done
            yes x | head -c 300000 >a/x; ln -s x a/y; ln a/x a/z; truncate -s 100k s
            """)
        let options = [["-b", "4K"], ["-noI"], ["-noI", "-noD", "-noF", "-b", "16K"], []][Int(seed)]
        let image = try image(options)
        let good = try image.readAll()
        var random = SeededGenerator(seed: seed)
        for round in 0..<1500 {
            var bytes = good
            if round % 5 == 0 {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            } else {
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    // Mostly where it says what is where.
                    let tables = Int(SquashFSBytes.number(good, 64, 8))
                    let place = [
                        Int.random(in: 0..<96, using: &random), Int.random(in: tables..<good.count, using: &random),
                        Int.random(in: 0..<good.count, using: &random),
                    ][Int.random(in: 0..<3, using: &random)]
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            let file = try directory.write("damaged", ByteString(bytes).bytes)
            do {
                let reader = try SquashFSReader(File.open(file).slice(), maximumSize: 16 << 20)
                let contents = try reader.makeContents()
                for place in reader.groups.joined() { try contents.read(place) { _ in } }
            } catch is Failure {}
        }
    }

    @Test("a folder in itself and names that lead out are refused")
    func hostile() throws {
        try shell("mkdir -p tree/aa/bb; echo 1 >tree/aa/cc; touch tree/zz")
        let image = try image(["-noI", "-noD", "-noF"])
        let good = try image.readAll()
        func replaced(_ name: String, by other: String) throws -> FileSlice {
            var bytes = good
            let range = try #require(ByteSearch.ranges(of: Array(name.utf8), in: good).last)
            bytes.replaceSubrange(range, with: other.utf8)
            return try File.open(directory.write("bad", bytes)).slice()
        }
        for name in ["..", "a/", "\0a", "./"] {
            let bad = try replaced("zz", by: name)
            #expect(throws: Failure.self, "\(name)") { try SquashFSReader(bad) }
        }
        // The inode of aa/bb names the list of aa.
        let table = Int(SquashFSBytes.number(good, 64, 8)) + 2
        var bytes = good
        var inodes: [Int] = []
        let end = Int(SquashFSBytes.number(good, 72, 8))
        for place in table..<(end - 32) where SquashFSBytes.number(good, place, 2) == 1 { inodes.append(place) }
        for place in inodes {
            for other in inodes where other != place {
                bytes = good
                for index in 16..<28 { bytes[place + index] = good[other + index] }
                let file = try File.open(directory.write("loop", bytes)).slice()
                _ = try? SquashFSReader(file)
            }
        }
    }
}
