import CondaModel
import Packing
import Support
import Testing

@testable import PixiPackCLI

@Suite("What to do next") struct ClosingLineTests {
    @Test(
        "fits the form of the pack and the machine it is for",
        arguments: [
            ("environment.tar", Platform.current, "Next: pixi-unpack environment.tar"),
            ("out/env dir", Platform.current, "Next: pixi-unpack 'out/env dir'"),
            ("environment.sh", Platform.current, "Next: ./environment.sh"),
            ("out/environment.sh", Platform.current, "Next: out/environment.sh"),
            ("out/environment.sh", Platform.osxArm64, "Next, on a machine of osx-arm64: ./environment.sh"),
            ("out/environment.tar", Platform.win64, "Next, on a machine of win-64: pixi-unpack environment.tar"),
            (
                "out/environment.ps1", Platform.win64,
                "Next, on a machine of win-64: powershell -ExecutionPolicy Bypass -File environment.ps1"
            ),
            ("out/environment.cmd", Platform.win64, "Next, on a machine of win-64: environment.cmd"),
            ("packs.tar", nil, "Next: pixi-unpack packs.tar"),
        ] as [(ByteString, Platform?, String)])
    func next(path: ByteString, platform: Platform?, expected: String) {
        #expect(ClosingLine.next(path, for: platform).text == expected)
    }
}
