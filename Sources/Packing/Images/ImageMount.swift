import Image
import Install
import LibC
import SelfExtract
import Support

/// Mounts the image of a self-extracting pack, by the kernel (root) or squashfuse.
public struct ImageMount: Sendable {
    private let image: PackedImage
    /// The prefix without links above it, as the system's table of mounts has it.
    private let place: ByteString
    private let reporter: any Reporter

    /// - Returns: nil if the pack has packages, no image.
    public init?(of pack: OpenPack, reporter: any Reporter) {
        guard let image = pack.image else { return nil }
        self.image = image
        self.reporter = reporter
        let folder = image.prefix.parentPath
        place = ((try? PathResolution.resolve(folder)) ?? folder).appending(path: image.prefix.lastPathComponent)
    }

    /// What its files name: where programs of it run.
    public var prefix: ByteString { image.prefix }
    /// The path of the pack.
    public var pack: ByteString { image.path }

    /// It cannot be mounted; the environment has to be unpacked.
    struct NotMounted: Error { let reason: Message }

    private static let history: ByteString = "conda-meta/history"
    private static let longestHistory = 64 << 20

    // MARK: For a command

    /// Mounts it at its prefix, unless it is there already, until nobody uses it any longer. This process, and what it turns
    /// into, uses it from now on: it holds a descriptor of its root.
    ///
    /// - Throws: `NotMounted`, if the place is not ours or nothing is there that could mount it.
    func holdForCommand() throws {
        var reason: Message = "it comes and goes"
        // Another process may unmount it, or remove the folder, between two of our steps.
        for _ in 0..<8 {
            try Interruption.check()
            if try holdMounted() { return }
            let isNew = try makePlace()
            guard let folder = try ownPlace() else { continue }
            // Only one process mounts it; the lock goes with the descriptor.
            try Sys.lockExclusively(folder.descriptor)
            guard let now = try? Sys.stat(place, followLinks: false),
                FileIdentity(now) == FileIdentity(try folder.status())
            else { continue }
            do {
                unmountWhenUnused(try mount(at: place), removing: isNew)
            } catch let error as NotMounted {
                reason = error.reason
                if isNew { try? Sys.unlink(place, isDirectory: true) }
                break
            }
        }
        throw NotMounted(reason: reason)
    }

    /// Whether it is mounted at its prefix; it then stays mounted as long as this process lives.
    private func holdMounted() throws -> Bool {
        guard let entry = MountTable.entry(at: place) else { return false }
        guard ImageMount.isTrusted(entry) else {
            throw NotMounted(reason: "'\(place)' was mounted by another user")
        }
        let root: File
        let theirs: [UInt8]
        do {
            root = try Sys.openDirectory(place)
            // It may have been unmounted just now.
            guard try root.status().st_dev != Sys.stat(place.parentPath).st_dev else { return false }
            theirs = try File.open(place.appending(path: ImageMount.history)).slice()
                .readAll(limit: Int64(ImageMount.longestHistory))
        } catch let error as SystemError {
            // The program behind it is gone.
            if error.code == ENOTCONN, entry.type != "squashfs" {
                let commands = ImageMount.unmounting(place, isKernels: false, isLazy: true)
                if commands.contains(where: { (try? run($0))?.isSuccess == true }) { return false }
            }
            throw NotMounted(reason: "\(error)")
        }
        let path = try RelativePath(ImageMount.history)
        let ours = try SquashFSReader.file(path, in: image.slice, limit: ImageMount.longestHistory)
        guard let ours, ours == theirs else {
            throw NotMounted(reason: "something else is mounted at '\(place)'")
        }
        try Sys.keepOpen(try Sys.duplicate(root.descriptor))
        return true
    }

    /// Only root mounts a SquashFS by the kernel. Whoever else mounts something can make files that seem to be root's.
    private static func isTrusted(_ entry: MountEntry) -> Bool {
        entry.type == "squashfs" || entry.options.contains(ByteString("user_id=\(geteuid())"))
            || entry.options.contains("user_id=0")
    }

    /// Makes the folder to mount at; returns whether it was not there.
    private func makePlace() throws -> Bool {
        do {
            try Sys.makeDirectories(place.parentPath)
            try Sys.mkdir(place, mode: 0o700)
            return true
        } catch {
            if error.code != EEXIST { throw NotMounted(reason: "\(error)") }
            return false
        }
    }

    /// The folder to mount at, if it belongs to us alone and is empty.
    ///
    /// - Returns: nil if it went away meanwhile, or another process was quicker.
    private func ownPlace() throws -> File? {
        let file: File
        do throws(SystemError) {
            file = File(descriptor: try Sys.open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path: place)
        } catch {
            if error.code == ENOENT { return nil }
            throw NotMounted(reason: "\(error)")
        }
        if MountTable.entry(at: place) != nil { return nil }
        let status = try file.status()
        guard status.st_uid == geteuid(), UInt32(status.st_mode) & 0o022 == 0 else {
            throw NotMounted(
                reason: status.st_uid == geteuid()
                    ? "others may write to '\(place)'" : "'\(place)' belongs to \(Ownership.owner(status))")
        }
        guard try Sys.list(file.descriptor, describedAs: place).isEmpty else {
            throw NotMounted(reason: "'\(place)' is not empty")
        }
        return file
    }

    // MARK: By a person

    /// What was mounted by a person.
    public struct Mounted: Sendable {
        public let place: ByteString
        /// What to type to unmount it.
        public let unmounting: ByteString
    }

    /// Mounts it until somebody unmounts it.
    ///
    /// - Parameter folder: where; made if it is not there. Nil: at its prefix.
    public func mount(at folder: ByteString?) throws -> Mounted {
        Interruption.begin()
        let given = folder ?? prefix
        let place = try PathResolution.resolve(
            AbsolutePath.make(given, current: Unpacker.currentDirectory(for: [given])))
        func failure(_ why: Message) -> Failure {
            Failure(
                "could not mount the image of '\(image.path)' at '\(place)': \(why)",
                remedy: "Name another folder, or install squashfuse; or unpack it: sh FILE.")
        }
        if MountTable.entry(at: place) != nil { throw failure("something is mounted there already") }
        var made: [ByteString] = []
        do {
            made = try Sys.makeDirectories(place)
            if try !Sys.list(place).isEmpty { throw failure("it is not empty") }
            let way = try mount(at: place)
            return Mounted(
                place: place,
                unmounting: ByteString(
                    (ImageMount.unmounting(place, isKernels: way == .kernel).first ?? []).map {
                        Array(ShellWord.quoted($0).bytes)
                    }.joined(separator: [0x20])))
        } catch {
            for folder in made.reversed() { try? Sys.unlink(folder, isDirectory: true) }
            if let error = error as? NotMounted { throw failure(error.reason) }
            throw error
        }
    }

    // MARK: Mounting

    private enum Way { case kernel, squashfuse }

    private func mount(at place: ByteString) throws -> Way {
        var reasons: [Message] = []
        let named = ByteString("/proc/\(getpid())/fd/\(image.slice.file.descriptor)")
        // The file that was looked at, whatever has its name now.
        let source = (try? Sys.exists(named)) == true ? named : image.path
        var ways: [(way: Way, words: [ByteString])] = []
        let offset = EmbeddedImage.offset
        if geteuid() == 0 {
            let options = ByteString("loop,ro,nosuid,nodev,offset=\(offset)")
            ways.append((.kernel, ["mount", "-t", "squashfs", "-o", options, source, place]))
        }
        for program: ByteString in ["squashfuse_ll", "squashfuse"] {
            let options = ByteString("ro,nosuid,nodev,offset=\(offset)")
            ways.append((.squashfuse, [program, "-o", options, source, place]))
        }
        for (way, words) in ways {
            guard let ending = try run(words) else { continue }
            if ending.isSuccess, MountTable.entry(at: place) != nil { return way }
            reasons.append("\(words[0]) ended with \(ending.text): \(lines: ending.output.lossyString)")
        }
        if reasons.isEmpty { throw NotMounted(reason: "squashfuse is not there") }
        throw NotMounted(reason: reasons.joined(separator: "; "))
    }

    /// Runs a program if it is there.
    private func run(_ words: [ByteString]) throws -> ExternalProgram.Ending? {
        guard let program = ImageMount.program(words[0]) else { return nil }
        reporter.debug("running \(words.map { "\($0)" }.listed(separator: " "))")
        return try program.run(Array(words.dropFirst()))
    }

    /// `mount` and `umount` may lie where only root looks.
    private static func program(_ name: ByteString) -> ExternalProgram? {
        ExternalProgram.find(name)
            ?? (geteuid() == 0 ? ExternalProgram.find(name, searchPath: "/usr/sbin:/usr/bin:/sbin:/bin") : nil)
    }

    /// The commands that unmount, the most likely first.
    private static func unmounting(_ place: ByteString, isKernels: Bool, isLazy: Bool = false) -> [[ByteString]] {
        let root: [ByteString] = ["umount"] + (isLazy ? ["-l"] : []) + [place]
        if isKernels || geteuid() == 0 { return [root] }
        let names: [ByteString] = ["fusermount3", "fusermount"].filter { program($0) != nil }
        return (names.isEmpty ? ["fusermount"] : names).map { [$0, isLazy ? "-uz" : "-u", place] }
    }

    /// Starts a small shell script that tries to unmount it now and then; that fails as long as somebody uses it. It is in no
    /// session of ours, so that it outlives the command.
    private func unmountWhenUnused(_ way: Way, removing isNew: Bool) {
        guard let words = ImageMount.unmounting(place, isKernels: way == .kernel).first,
            let entry = MountTable.entry(at: place)
        else { return }
        var line: [ByteString] =
            [
                "sh", "-c", ImageMount.script, "sh", isNew ? place : "", entry.writtenPlace,
            ] + words
        if ImageMount.program("setsid") != nil { line.insert("setsid", at: 0) }
        _ = try? run(line)
    }

    private static let script: ByteString = """
        cd /
        folder=$1 place=$2
        shift 2
        (
          trap '' HUP INT QUIT
          wait=1
          while sleep "$wait"; do
            "$@" && break
            case $(cat /proc/self/mountinfo) in *" $place "*) ;; *) break ;; esac
            [ "$wait" -ge 30 ] || wait=$((wait * 2))
          done
          [ -z "$folder" ] || rmdir -- "$folder"
        ) </dev/null >/dev/null 2>&1 &
        """
}
