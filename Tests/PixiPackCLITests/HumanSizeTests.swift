import Testing

@testable import PixiPackCLI

struct HumanSizeTests {
    @Test(
        "sizes are printed as the original prints them",
        arguments: [
            (0, "0 B"), (512, "512 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1536, "1.50 KiB"),
            (44_323_307, "42.27 MiB"), (1 << 30, "1.00 GiB"), (Int64.max, "8.00 EiB"),
        ] as [(Int64, String)])
    func description(bytes: Int64, text: String) { #expect(HumanSize(bytes).description == text) }
}
