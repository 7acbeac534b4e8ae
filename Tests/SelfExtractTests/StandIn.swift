import CondaModel
import LibC
import Support
import TestKit
import Testing

@testable import SelfExtract

/// A small static program in the place of pixi-unpack: it shows how it was started.
enum StandIn {
    /// Ours: knows the personality word, removes itself at once.
    static let own = Result { try compile(source(word: EmbeddedRuntime.personalityWord)) }
    /// Another's pixi-unpack: gets a tar file as its last argument.
    static let foreign = Result { try compile(source(word: "")) }

    static var isAvailable: Bool { Platform.current == .linux64 && ChildProcess.find("cc") != nil }

    private static func source(word: String) -> String {
        """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>
        const char *content = "pixi-pack.json";
        /// Says to the test where the program is, and who may enter there.
        static void note_place(void) {
            char file[4096], place[4096];
            ssize_t length = readlink("/proc/self/exe", place, sizeof place - 1);
            if (length < 0 || !getenv("D")) return;
            place[length] = 0;
            *strrchr(place, '/') = 0;
            struct stat status;
            stat(place, &status);
            snprintf(file, sizeof file, "%s/place", getenv("D"));
            FILE *out = fopen(file, "w");
            if (!out) return;
            fprintf(out, "%s mode=%o\\n", place, status.st_mode & 0777);
            fclose(out);
        }
        int main(int argc, char **argv) {
            if (argc > 1 && !strcmp(argv[1], "--version")) { note_place(); puts(content); return 0; }
            char folder[4096];
            snprintf(folder, sizeof folder, "%s", argv[0]);
            *strrchr(folder, '/') = 0;
            struct stat status;
            printf("program=%s\\n", argv[0]);
            int first = 1;
            if (strlen("\(word)")) {
                if (argc < 3 || strcmp(argv[1], "\(word)")) return 99;
                if (!getenv("LINGER")) { unlink(argv[0]); rmdir(folder); }
                printf("file=%s\\n", argv[2]);
                first = 3;
            } else {
                stat(argv[argc - 1], &status);
                printf("tar=%ld\\n", (long)status.st_size);
            }
            int code = 0;
            for (int i = first; i < argc; i++) {
                printf("argument=<%s>\\n", argv[i]);
                if (!strcmp(argv[i], "--exit")) code = atoi(argv[i + 1]);
                if (!strcmp(argv[i], "--wait")) { puts("waiting"); fflush(stdout); pause(); }
            }
            return code;
        }
        """
    }

    private static func compile(_ source: String) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        let file = try directory.write("program.c", source)
        let outcome = try ChildProcess.run(
            [ChildProcess.find("cc") ?? "cc", "-w", "-static", "-Os", "-o", "\(directory("program"))", "\(file)"],
            environment: ["PATH": "/usr/bin:/bin"])
        if outcome.status != 0 { throw Failure("cc failed: \(outcome.errors)") }
        return try directory.read("program")
    }
}

/// A self-extracting pack around some bytes, in a directory of its own.
struct SamplePack {
    let directory: TemporaryDirectory
    let path: ByteString
    let archive: [UInt8]
    let layout: ExecutableLayout

    init(
        _ program: [UInt8], name: String = "environment.sh", archive: [UInt8]? = nil, compressed: Bool = false
    ) throws {
        directory = try TemporaryDirectory()
        self.archive = try archive ?? SamplePack.tar(directory)
        path = try directory.write(name, [])
        var runtime = try EmbeddedRuntime(program: program, name: "program", platform: .linux64, isOwn: true)
        if compressed { runtime = try runtime.compressed() }
        let writer = ExecutableWriter(runtime: runtime, name: path)
        let file = File(descriptor: try Sys.open(path, O_RDWR), path: path)
        let offset = try #require(writer.archiveOffset)
        try self.archive.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0, at: offset) }
        var contents = ContentDigest()
        contents.add(name: "hello.txt", digest: SHA256Hasher.hash("hello\n".utf8))
        let slice = FileSlice(file: file, offset: offset, length: Int64(self.archive.count))
        try writer.finish(file, archive: slice, contents: contents.finish())
        try Sys.chmod(file.descriptor, mode: 0o755)
        layout = try #require(try SelfExtractingFile.recognize(file)).layout
    }

    /// A tar with one file; its text ends the stub's part for `sed`, to no avail.
    static func tar(_ directory: TemporaryDirectory) throws -> [UInt8] {
        try directory.write("tree/hello.txt", "hello\n@@PIXI_PACK_ARCHIVE@@\nagain\n")
        let outcome = try ChildProcess.run(
            ["/bin/tar", "-C", "\(directory("tree"))", "-b1", "-cf", "\(directory("sample.tar"))", "hello.txt"])
        if outcome.status != 0 { throw Failure("tar failed: \(outcome.errors)") }
        return try directory.read("sample.tar")
    }

    /// Runs shell commands beside the file; `$TMPDIR` is an empty directory of the test. Descriptor 9, which the stub uses
    /// if it is free, is.
    func sh(_ commands: String, shell: [String] = ["/bin/sh"], _ variables: [String: String] = [:]) throws
        -> ChildProcess.Outcome
    {
        if try !Sys.exists(directory("tmp")) { try Sys.mkdir(directory("tmp")) }
        let environment = [
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TMPDIR": "\(directory("tmp"))", "D": "\(directory.path)",
        ]
        .merging(variables) { $1 }
        let words = shell + ["-c", "exec 9<&-; cd \"$D\" || exit 9\n" + commands]
        return try ChildProcess.run(words, environment: environment)
    }

    /// The directories `.pixi-unpack.*` that were left behind.
    var leftovers: [ByteString] {
        get throws {
            try [directory.path, directory("tmp")].flatMap { try Sys.list($0) }.filter { $0.hasPrefix(".pixi-unpack") }
        }
    }
}
