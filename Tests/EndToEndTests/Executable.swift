import CondaModel
import LibC
import Support
import TestKit

/// The built program: `PIXI_PACK_BIN`, by default the debug build of this checkout.
enum Executable {
    static let pack: String =
        getenv("PIXI_PACK_BIN").map { String(cString: $0) } ?? checkout + "/.build/debug/pixi-pack"

    /// Whether it is one without optimization.
    static let isDebugBuild = pack.contains("/debug/")

    /// The top of the checkout.
    static let checkout: String = {
        var path = ByteString("\(#filePath)")
        for _ in 0..<3 { path = path.parentPath }
        return path.lossyString
    }()

    /// Whether packages for linux-64 run here.
    static let isLinux64 = Platform.current == .linux64

    /// Runs `pixi-pack` with `arguments`, with the variables of `environment` and no others.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], in folder: ByteString? = nil,
        input: ByteString = "/dev/null"
    ) throws -> ChildProcess.Outcome {
        try ChildProcess.run([pack] + arguments, environment: environment, in: folder, input: input)
    }

    /// Runs the program by the name `pixi-unpack`.
    static func unpack(
        _ arguments: [String], environment: [String: String] = [:], in folder: ByteString? = nil,
        input: ByteString = "/dev/null"
    ) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            [pack] + arguments, environment: environment, in: folder, input: input, called: "pixi-unpack")
    }
}
