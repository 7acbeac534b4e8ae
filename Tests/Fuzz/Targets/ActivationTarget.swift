import Install
import LibC
import Support

/// `conda-meta/state` and a file of `env_vars.d`, with the scripts made of them.
struct ActivationTarget: FuzzTarget {
    private let folder: ByteString

    init() {
        folder = ByteString("/dev/shm/pixi-pack-fuzz-\(getpid())")
        for name in ["", "/conda-meta", "/etc", "/etc/conda", "/etc/conda/env_vars.d"] {
            try? Sys.mkdir(folder + ByteString(name))
        }
    }

    func run(_ input: [UInt8]) throws {
        // The first byte says which of the two files it is.
        let isState = (input.first ?? 0) & 1 == 0
        try write(isState ? Array(input.dropFirst()) : [], to: "conda-meta/state")
        try write(isState ? Array("{}".utf8) : Array(input.dropFirst()), to: "etc/conda/env_vars.d/p.json")
        let sources = try ActivationSources(environmentAt: folder)
        for shell in Shell.allCases {
            _ = ActivationScript(shell: shell, prefix: "/opt/env", sources: sources)
            _ = try? ReversibleActivation(shell: shell, prefix: "/opt/env", movingWith: "/opt", sources: sources)
        }
    }

    private func write(_ bytes: [UInt8], to name: ByteString) throws {
        let path = folder.appending(path: name)
        let content = bytes.isEmpty ? Array("{}".utf8) : bytes
        let file = File(descriptor: try Sys.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600), path: path)
        try content.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0) }
    }
}
