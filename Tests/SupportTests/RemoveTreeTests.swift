import LibC
import Support
import TestKit
import Testing

@Suite("Removing trees")
struct RemoveTreeTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func linksAreRemovedAndNotFollowed() throws {
        try directory.write("outside/precious", "")
        try directory.write("tree/a/b/file", "")
        try Sys.symlink(directory("outside"), at: directory("tree/a/link"))
        try Sys.symlink("nowhere", at: directory("tree/dangling"))
        try RemoveTree.remove(directory("tree"))
        #expect(try Sys.list(directory.path) == ["outside"])
        #expect(try Sys.exists(directory("outside/precious")))
        try Sys.symlink("outside", at: directory("link"))
        try RemoveTree.remove(directory("link"))
        #expect(try Sys.list(directory.path) == ["outside"])
        try RemoveTree.remove(directory("nothing"))
        try RemoveTree.remove(directory("nothing/below/it"))
    }

    /// Makes folders each in the last one, without a path that could be too long.
    private func descend(from start: ByteString, _ name: ByteString, depth: Int) throws {
        var folder = try Sys.openDirectory(start)
        for _ in 0..<depth {
            try Sys.mkdir(name, at: folder.descriptor)
            folder = try Sys.openDirectory(name, at: folder.descriptor)
        }
        try Sys.close(Sys.open("file", O_WRONLY | O_CREAT, at: folder.descriptor))
    }

    @Test("deeper than descriptors and stack reach, longer than any path")
    func deep() throws {
        try Sys.mkdir(directory("tree"))
        try descend(from: directory("tree"), ByteString(String(repeating: "n", count: 200)), depth: 2500)
        try descend(from: directory("tree"), "m", depth: 40)
        try RemoveTree.remove(directory("tree"))
        #expect(try !Sys.exists(directory("tree")))
    }

    @Test("folders their owner may not write to or look into", .enabled(if: geteuid() != 0, "root may do all"))
    func withoutPermission() throws {
        try directory.write("tree/read-only/folder/file", "")
        try directory.write("tree/closed/file", "")
        for (path, mode) in [("tree/read-only/folder", 0o500), ("tree/read-only", 0o500), ("tree/closed", 0)] {
            let folder = try Sys.openDirectory(directory("."))
            try Sys.chmod(ByteString(path), mode: mode_t(mode), at: folder.descriptor)
        }
        try RemoveTree.remove(directory("tree"))
        #expect(try !Sys.exists(directory("tree")))
    }

    @Test func onlyWhatWasMeantIsRemoved() throws {
        try directory.write("mine/file", "")
        try directory.write("other/file", "")
        let parent = try Sys.openDirectory(directory.path)
        let mine = FileIdentity(try Sys.stat(directory("mine")))
        #expect(throws: SystemError.self) {
            try RemoveTree.remove("other", at: parent.descriptor, expected: mine)
        }
        #expect(try Sys.exists(directory("other/file")))
        try RemoveTree.remove("mine", at: parent.descriptor, expected: mine)
        #expect(try Sys.list(directory.path) == ["other"])
        for name in ["", ".", ".."] as [ByteString] {
            #expect(throws: SystemError.self) { try RemoveTree.remove(name, at: parent.descriptor) }
        }
    }

    /// Whoever may write in the tree changes a folder for a link to another one, and back, as fast as he can.
    @Test("an attacker who swaps folders for links gains nothing")
    func swappingForLinks() throws {
        for number in 0..<400 { try directory.write("outside/\(number)", "precious") }
        try Sys.mkdir(directory("attack"))
        try Sys.symlink(directory("outside"), at: directory("attack/link"))
        let swaps = Locked(0)
        let isOver = Locked(false)
        try WorkerPool(width: 2).forEach(count: 2) { index, _ in
            guard index == 0 else {
                while !isOver.withLock({ $0 }) {
                    for folder in 0..<4 {
                        let path = directory("tree/\(folder)/inner")
                        if swap(path, directory("attack/link")) {
                            swaps.withLock { $0 += 1 }
                            _ = swap(path, directory("attack/link"))
                        }
                    }
                }
                return
            }
            defer { isOver.withLock { $0 = true } }
            let end = ContinuousClock.now + .seconds(2)
            while ContinuousClock.now < end {
                for folder in 0..<4 {
                    for file in 0..<20 { try directory.write("tree/\(folder)/inner/\(file)", "") }
                }
                // What the attacker moves about may stay.
                RemoveTree.discard(directory("tree"))
            }
        }
        #expect(swaps.withLock { $0 } > 0)
        #expect(try Sys.list(directory("outside")).count == 400)
    }

    /// Exchanges two names; false if one is gone.
    private func swap(_ one: ByteString, _ other: ByteString) -> Bool {
        (try? Sys.rename(one, to: other, how: .exchanging)) != nil
    }

    /// A folder we are in is moved out of the tree: the way back is not where it was.
    @Test("an attacker who moves a folder away gains nothing")
    func moving() throws {
        for number in 0..<200 { try directory.write("outside/\(number)", "precious") }
        let isOver = Locked(false)
        try WorkerPool(width: 2).forEach(count: 2) { index, _ in
            guard index == 0 else {
                let deep = directory("tree/" + (0..<30).map { "\($0)" }.joined(separator: "/"))
                while !isOver.withLock({ $0 }) {
                    try? Sys.rename(deep, to: directory("outside/moved"))
                    try? Sys.rename(directory("outside/moved"), to: deep)
                }
                return
            }
            defer { isOver.withLock { $0 = true } }
            let end = ContinuousClock.now + .seconds(2)
            while ContinuousClock.now < end {
                var path = "tree"
                for level in 0..<50 {
                    path += "/\(level)"
                    _ = try? directory.write(path + "/f", "")
                }
                RemoveTree.discard(directory("tree"))
            }
        }
        #expect(try Sys.list(directory("outside")).filter { $0 != "moved" }.count == 200)
    }
}
