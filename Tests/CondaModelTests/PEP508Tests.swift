import CondaModel
import Support
import Testing

@Suite struct PEP508Tests {
    @Test func parts() throws {
        let requirement = try PEP508Requirement(
            "Foo.Bar [A_b, c] >=1.0, <2 ; python_version < '3.11' and extra == \"x\"")
        #expect(requirement.name.text == "foo-bar")
        #expect(requirement.extras.map(\.text) == ["a-b", "c"])
        #expect(requirement.specifiers.text == ">=1.0,<2")
        #expect(requirement.marker != nil)
        let url = try PEP508Requirement("pip @ https://h/p.whl#sha256=1 ; os_name == 'nt'")
        #expect(url.url == "https://h/p.whl#sha256=1")
        #expect(url.marker != nil)
        #expect(try PEP508Requirement("a (>=1)").specifiers.text == ">=1")
        #expect(try PEP508Requirement("a").specifiers.text == "")
    }

    @Test(
        "markers",
        arguments: [
            ("python_version < '3.11'", false), ("python_version >= '3.9'", true), ("'3.9' <= python_version", true),
            ("python_full_version == '3.12.4'", true), ("sys_platform == 'linux'", true), ("os_name == \"nt\"", false),
            ("sys_platform == 'win32' or platform_machine == 'x86_64'", true),
            ("(sys_platform == 'win32' or os_name == 'posix') and python_version > '3.12'", false),
            ("platform_system in 'Linux Darwin'", true), ("platform_system not in 'Linux'", false),
            ("extra == 'Te_st'", true), ("extra == 'docs'", false), ("'test' == extra", false),
            ("extra != 'docs'", true),
            ("implementation_name == 'cpython'", true), ("python_version not in '2.7, 3.0'", true),
            ("os.name == 'posix'", true), ("python_version ~= '3.8'", true), ("python_version == '3.*'", true),
        ])
    func markers(_ marker: String, _ expected: Bool) throws {
        let environment = MarkerEnvironment(python: try PEP440Version("3.12.4"), platform: .linux64)
        let requirement = try PEP508Requirement("a; \(marker)")
        #expect(requirement.applies(in: environment, extras: [try PyPIName("te-st")]) == expected)
    }

    @Test(
        "refused",
        arguments: [
            ("", "is not a valid Python package name"), ("a b", "'b' is not a valid version specifier"),
            ("a[", "a ']' is missing"), ("a (>=1", "a ')' is missing"),
            ("a; foo == '1'", "'foo' is no marker variable"),
            ("a; os_name", "no comparison"), ("a; os_name == 'x", "a quote is not closed"),
            ("a; (os_name == 'x'", "a ')' is missing in its marker"),
            ("a; os_name == 'x' y", "more than a requirement"),
            ("a @ ", "there is no URL"), ("a; os_name not 'x'", "'not' without 'in'"), ("a;", "incomplete"),
        ])
    func refused(_ text: String, _ reason: String) {
        #expect {
            try PEP508Requirement(text)
        } throws: {
            "\($0)".hasPrefix("'\(text)' is not a valid requirement (PEP 508): ") && "\($0)".contains(reason)
        }
    }

    @Test func refusesDeepMarkers() {
        let deep = String(repeating: "(", count: 100_000)
        #expect(throws: Failure.self) { try PEP508Requirement("a; \(deep)") }
    }
}

@Suite struct WheelTagsTests {
    @Test(
        "CPython 3.12, linux-64, glibc 2.28",
        arguments: [
            ("py3-none-any", true), ("py2.py3-none-any", true), ("py2-none-any", false), ("py312-none-any", true),
            ("py313-none-any", false), ("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", true),
            ("cp312-cp312-manylinux_2_34_x86_64", false), ("cp312-cp312-manylinux_2_28_x86_64", true),
            ("cp311-cp311-manylinux1_x86_64", false), ("cp38-abi3-manylinux1_x86_64", true),
            ("cp313-abi3-manylinux1_x86_64", false), ("cp312-abi3-manylinux2010_x86_64", true),
            ("cp312-none-any", true), ("cp311-none-any", false), ("cp312-cp312t-manylinux1_x86_64", false),
            ("py3-none-linux_x86_64", true), ("py3-none-manylinux2014_aarch64", false),
            ("cp312-cp312-musllinux_1_2_x86_64", false), ("py3-none-win_amd64", false),
            ("pp310-pypy310_pp73-any", false),
            ("cp312-cp312-macosx_11_0_arm64", false), ("cp312-cp312-any", false),
        ])
    func linux(_ tags: String, _ expected: Bool) throws {
        let accepted = WheelTags(python: .init(3, 12), platform: .linux64)
        #expect(accepted.accepts(try WheelName("a-1-\(tags).whl")) == expected)
    }

    @Test(
        "other platforms",
        arguments: [
            (Platform.linuxAarch64, "cp312-cp312-manylinux2014_aarch64", true),
            (.linuxAarch64, "cp312-cp312-manylinux1_aarch64", false),
            (.linuxPpc64le, "cp312-cp312-manylinux_2_17_ppc64le", true),
            (.win64, "cp312-cp312-win_amd64", true), (.win64, "cp312-cp312-win32", false),
            (.winArm64, "cp312-cp312-win_arm64", true), (.win32, "cp312-cp312-win32", true),
            (.osx64, "cp312-cp312-macosx_10_9_x86_64", true), (.osx64, "cp312-cp312-macosx_11_0_universal2", true),
            (.osx64, "cp312-cp312-macosx_14_0_x86_64", false), (.osx64, "cp312-cp312-macosx_11_0_arm64", false),
            (.osxArm64, "cp312-cp312-macosx_11_0_arm64", true), (.osxArm64, "cp312-cp312-macosx_10_9_universal2", true),
            (.osxArm64, "cp312-cp312-macosx_10_9_arm64", false), (.noarch, "py3-none-any", true),
        ])
    func others(_ platform: Platform, _ tags: String, _ expected: Bool) throws {
        let accepted = WheelTags(python: .init(3, 12), platform: platform)
        #expect(accepted.accepts(try WheelName("a-1-\(tags).whl")) == expected)
    }

    @Test func freeThreaded() throws {
        let accepted = WheelTags(python: .init(3, 13), isFreeThreaded: true, platform: .linux64)
        #expect(accepted.accepts(try WheelName("a-1-cp313-cp313t-manylinux1_x86_64.whl")))
        #expect(!accepted.accepts(try WheelName("a-1-cp313-cp313-manylinux1_x86_64.whl")))
        #expect(!accepted.accepts(try WheelName("a-1-cp39-abi3-manylinux1_x86_64.whl")))
        #expect(accepted.accepts(try WheelName("a-1-py3-none-any.whl")))
    }

    @Test func reasons() throws {
        let accepted = WheelTags(python: .init(3, 12), platform: .linux64)
        #expect(
            accepted.refusal(of: try WheelName("a-1-cp312-cp312-win_amd64.whl"))
                == "it is built for win_amd64, not for linux-64 (glibc 2.28)")
        #expect(
            accepted.refusal(of: try WheelName("a-1-cp311-cp311-manylinux1_x86_64.whl"))
                == "it is built for cp311-cp311, not for Python 3.12")
    }
}
