import Support

/// The scripts that installers write for entry points, byte for byte.
enum EntryPointScript {
    /// The script of a `noarch: python` package (docs/spec/install.md#entry-points).
    ///
    /// - Parameter executable: the absolute path of the environment's Python.
    static func conda(_ entry: EntryPoint, executable: ByteString) -> [UInt8] {
        let text =
            condaShebang(executable)
            + "\n# -*- coding: utf-8 -*-\nimport re\nimport sys\n\nfrom " + entry.module + " import "
            + entry.importedName
            + "\n\nif __name__ == '__main__':\n\tsys.argv[0] = re.sub(r'(-script\\.pyw?|\\.exe)?$', '', sys.argv[0])"
            + "\n\tsys.exit(" + entry.function + "())\n"
        return text.bytes
    }

    /// The script of a wheel's console or GUI entry point (docs/spec/install.md#wheel-entry-points).
    static func wheel(_ entry: EntryPoint, executable: ByteString) -> [UInt8] {
        let text =
            wheelShebang(executable)
            + "\n# -*- coding: utf-8 -*-\nimport sys\nfrom " + entry.module + " import " + entry.importedName
            + "\nif __name__ == \"__main__\":\n    if sys.argv[0].endswith(\"-script.pyw\"):\n"
            + "        sys.argv[0] = sys.argv[0][:-11]\n    elif sys.argv[0].endswith(\".exe\"):\n"
            + "        sys.argv[0] = sys.argv[0][:-4]\n    sys.exit(" + entry.function + "())\n"
        return text.bytes
    }

    /// `#!` and the executable. If the kernel could not read that (more than 125 bytes, or a blank), lines that make
    /// `sh` start the executable.
    static func condaShebang(_ executable: ByteString) -> ByteString {
        if executable.count <= 125 && !executable.bytes.contains(UInt8(ascii: " ")) { return "#!" + executable }
        return "#!/bin/sh\n'''exec' \"" + executable + "\" \"$0\" \"$@\" #'''"
    }

    /// The same for wheels, where limits and form are different (docs/spec/install.md#wheel-entry-points).
    static func wheelShebang(_ executable: ByteString) -> ByteString {
        if executable.count + 3 <= 127 && !executable.bytes.contains(UInt8(ascii: " ")) { return "#!" + executable }
        let quoted = ByteString(
            executable.bytes.flatMap { $0 == UInt8(ascii: "'") ? Array("'\"'\"'".utf8) : [$0] })
        return "#!/bin/sh\n'''exec' '" + quoted + "' \"$0\" \"$@\"\n' '''"
    }
}
