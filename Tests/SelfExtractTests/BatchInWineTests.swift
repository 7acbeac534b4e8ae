import CondaModel
import LibC
import Support
import TestKit
import Testing

@testable import SelfExtract

/// `environment.cmd` under the `cmd` of wine. There is no PowerShell in it and no pixi-unpack for Windows: one small program stands in for
/// both. As PowerShell it copies the parts that its command line names; as pixi-unpack it says what it was called with.
@Suite("Self-extracting packs for Windows, in wine")
struct BatchInWineTests {
    private static let source = #"""
        typedef void *HANDLE;
        typedef unsigned long DWORD;
        #define API __declspec(dllimport) __attribute__((ms_abi))
        API char *GetCommandLineA(void);
        API HANDLE GetStdHandle(DWORD);
        API HANDLE CreateFileA(const char *, DWORD, DWORD, void *, DWORD, DWORD, HANDLE);
        API int ReadFile(HANDLE, void *, DWORD, DWORD *, void *);
        API int WriteFile(HANDLE, const void *, DWORD, DWORD *, void *);
        API int SetFilePointerEx(HANDLE, long long, long long *, DWORD);
        API int CloseHandle(HANDLE);
        API DWORD GetEnvironmentVariableA(const char *, char *, DWORD);
        API void ExitProcess(unsigned);
        // Read where the identity of a pixi-unpack is looked for.
        const char identity[] = "pixi-pack.json";
        int _fltused;
        static char self[1024], folder[1024], path[2048], buffer[65536];
        static unsigned size(const char *text) { unsigned n = 0; while (text[n]) n++; return n; }
        static int begins(const char *text, const char *with) {
            while (*with) if (*text++ != *with++) return 0;
            return 1;
        }
        static void say(const char *text, unsigned length) { DWORD done; WriteFile(GetStdHandle(-11), text, length, &done, 0); }
        static void copy(long long offset, long long length, const char *name) {
            unsigned n = 0;
            for (unsigned i = 0; folder[i]; i++) path[n++] = folder[i];
            path[n++] = '\\';
            while (*name != '\'') path[n++] = *name++;
            path[n] = 0;
            HANDLE from = CreateFileA(self, 0x80000000, 1, 0, 3, 0, 0), to = CreateFileA(path, 0x40000000, 0, 0, 1, 0, 0);
            DWORD count;
            SetFilePointerEx(from, offset, 0, 0);
            while (length > 0) {
                DWORD part = length < sizeof buffer ? (DWORD)length : sizeof buffer;
                if (!ReadFile(from, buffer, part, &count, 0) || count == 0) ExitProcess(9);
                if (!WriteFile(to, buffer, count, &count, 0)) ExitProcess(8);
                length -= count;
            }
            CloseHandle(from);
            CloseHandle(to);
        }
        static const char *number(const char *text, long long *value) {
            for (*value = 0; *text >= '0' && *text <= '9'; text++) *value = *value * 10 + (*text - '0');
            return text + 1;
        }
        void start(void) {
            char *line = GetCommandLineA();
            int copies = 0;
            GetEnvironmentVariableA("PIXI_PACK_SELF", self, sizeof self);
            GetEnvironmentVariableA("PIXI_PACK_DIR", folder, sizeof folder);
            for (const char *at = line; *at; at++) {
                long long offset, length;
                if (!begins(at, "Copy-Part ") || at[10] < '0' || at[10] > '9') continue;
                const char *rest = number(number(at + 10, &offset), &length);
                copy(offset, length, rest + 1);
                copies++;
            }
            if (copies) ExitProcess(copies == 2 ? 0 : 7);
            say(line, size(line));
            say("\n", 1);
            unsigned n = 0;
            for (unsigned i = 0; folder[i]; i++) path[n++] = folder[i];
            for (const char *name = "\\environment.tar"; *name; name++) path[n++] = *name;
            path[n] = 0;
            HANDLE from = CreateFileA(path, 0x80000000, 1, 0, 3, 0, 0);
            DWORD count = 0;
            while (ReadFile(from, buffer, sizeof buffer, &count, 0) && count > 0) say(buffer, count);
            ExitProcess(5);
        }
        """#

    /// The linker of Windows programs that comes with Swift.
    static let tools: (clang: String, linker: String)? = ChildProcess.find("clang").flatMap { clang in
        ChildProcess.find("lld-link").map { (clang, $0) }
    }

    /// Makes the program; `kernel32.dll` is described by a list of what is used of it.
    private func standIn(in directory: TemporaryDirectory) throws -> [UInt8] {
        let (clang, linker) = try #require(BatchInWineTests.tools)
        let names = [
            "GetCommandLineA", "GetStdHandle", "CreateFileA", "ReadFile", "WriteFile", "SetFilePointerEx",
            "CloseHandle",
            "GetEnvironmentVariableA", "ExitProcess",
        ]
        try directory.write("program.c", BatchInWineTests.source)
        try directory.write("kernel32.def", "LIBRARY kernel32.dll\nEXPORTS\n" + names.map { $0 + "\n" }.joined())
        for command in [
            [
                clang, "--target=x86_64-pc-windows-msvc", "-O1", "-ffreestanding", "-fno-builtin",
                "-fno-stack-protector",
                "-mno-stack-arg-probe", "-c", "program.c", "-o", "program.obj",
            ],
            [linker, "/lib", "/machine:x64", "/def:kernel32.def", "/out:kernel32.lib"],
            [
                linker, "/entry:start", "/subsystem:console", "/nodefaultlib", "/opt:noref", "/out:program.exe",
                "program.obj", "kernel32.lib",
            ],
        ] {
            let outcome = try ChildProcess.run(
                command, environment: ["PATH": "/usr/bin:/bin"], in: directory.path)
            try #require(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
        }
        return try directory.read("program.exe")
    }

    @Test(
        "environment.cmd copies its parts, passes arguments and exit status on, and leaves nothing",
        .enabled(if: Wine.installed != nil, Comment(rawValue: Wine.missing)),
        .enabled(
            if: BatchInWineTests.tools != nil, "clang and lld-link, which come with Swift, are not on the search path"))
    func batch() throws {
        let wine = try #require(Wine.installed)
        let directory = try TemporaryDirectory()
        let program = try standIn(in: directory)
        let archive = Array("what the archive holds\n".utf8)
        let path = try directory.write("folder with blanks/environment.cmd", [])
        let runtime = try EmbeddedRuntime(program: program, name: "pixi-unpack.exe", platform: .win64, isOwn: false)
        let writer = ExecutableWriter(runtime: runtime, name: path)
        let file = File(descriptor: try Sys.open(path, O_RDWR), path: path)
        let offset = try #require(writer.archiveOffset)
        try archive.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0, at: offset) }
        let slice = FileSlice(file: file, offset: offset, length: Int64(archive.count))
        try writer.finish(file, archive: slice, contents: SHA256Hasher.hash("x".utf8))
        // cmd looks in the current folder first.
        try directory.write("folder with blanks/powershell.exe", program)
        try directory.write("folder with blanks/place/note", "")
        try directory.write(
            "folder with blanks/try.bat",
            "@call environment.cmd --output-directory \"two words\" \"a&b\"\r\n@exit /b %ERRORLEVEL%\r\n")
        let outcome = try wine.run("try.bat", in: path.parentPath, environment: ["PIXI_UNPACK_TMPDIR": "place"])
        #expect(outcome.status == 5, "\(outcome.errors)")
        let line = outcome.output.parts(between: "\n")[0].replacing(text: "\r", with: "")
        #expect(line.hasPrefix("\"place\\pixi-unpack-"), "\(line)")
        #expect(line.contains("\\pixi-unpack.exe\" --output-directory \"two words\" \"a&b\" \"place\\"), "\(line)")
        #expect(line.hasSuffix("\\environment.tar\""), "\(line)")
        #expect(outcome.output.contains("\nwhat the archive holds\n"))
        #expect(try Sys.list(directory("folder with blanks/place")) == ["note"])
    }
}
