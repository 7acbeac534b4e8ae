import LibC
import Support
import Testing

@Suite("Secrets of ours") struct OwnSecretsTests {
    @Test func noProgramGetsThem() throws {
        setenv("PIXI_PACK_KEY_PASSWORD", "hush", 1)
        setenv("PIXI_PACK_TEST_PLAIN", "said", 1)
        defer {
            unsetenv("PIXI_PACK_KEY_PASSWORD")
            unsetenv("PIXI_PACK_TEST_PLAIN")
        }
        let output = try ExternalProgram(path: "/usr/bin/env").run([]).output.lossyString
        #expect(output.contains("PIXI_PACK_TEST_PLAIN=said") && !output.contains("hush"))
    }

    @Test func theyAreKnownByTheirNames() {
        for name in ["PIXI_PACK_KEY_PASSWORD=x", "PIXI_PACK_REGISTRY_TOKEN=x", "PIXI_PACK_SECRET="] {
            #expect(OwnSecrets.isSecret(ByteString(name)))
        }
        for name in ["PIXI_PACK_CACHE=TOKEN", "PATH=/PASSWORD", "MY_TOKEN=x"] {
            #expect(!OwnSecrets.isSecret(ByteString(name)))
        }
    }
}
