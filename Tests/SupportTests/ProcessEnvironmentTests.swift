import Support
import Testing

@Suite("Places that the environment names") struct ProcessEnvironmentTests {
    @Test("an empty variable counts as none") func empty() {
        let environment = ProcessEnvironment(["TMPDIR": "", "HOME": "", "XDG_CACHE_HOME": ""])
        #expect(environment["TMPDIR"] == nil)
        #expect(environment.temporaryFolder == "/tmp")
        #expect(["/var/tmp", "/tmp"].contains(environment.largeTemporaryFolder))
        #expect(environment.home == nil)
        #expect(environment.cacheHome == nil)
    }

    @Test("a relative path of XDG or HOME says nothing, one of TMPDIR counts from the current folder") func relative() {
        let environment = ProcessEnvironment([
            "TMPDIR": "t", "HOME": "/h", "XDG_CACHE_HOME": "c", "XDG_CONFIG_HOME": "d",
        ])
        #expect(environment.temporaryFolder == "t")
        #expect(environment.largeTemporaryFolder == "t")
        #expect(environment.cacheHome == "/h/.cache")
        #expect(environment.configHome == nil)
        #expect(ProcessEnvironment(["HOME": "h"]).cacheHome == nil)
    }

    @Test("absolute paths are taken") func absolute() {
        let environment = ProcessEnvironment(["HOME": "/h", "XDG_CACHE_HOME": "/c", "XDG_CONFIG_HOME": "/d"])
        #expect(environment.cacheHome == "/c")
        #expect(environment.configHome == "/d")
    }
}
