import CondaModel
import Packing
import Support
import TestKit
import Testing

@Suite struct WheelMakerTests {
    let directory: TemporaryDirectory
    let standIns: StandIns
    let reporter = RecordingReporter()

    init() throws {
        directory = try TemporaryDirectory()
        standIns = StandIns(directory: directory)
        try directory.write("made/mine-1.0-py3-none-any.whl", makeWheel("mine", "1.0"))
        try directory.write("made/mine-1.0-cp312-cp312-linux_x86_64.whl", makeWheel("mine", "1.0"))
    }

    private func builder(_ platform: Platform = .linux64, ownPathOnly: Bool = false) -> WheelMaker {
        var builder = WheelMaker(tags: WheelTags(python: .init(3, 12), platform: platform), reporter: reporter)
        builder.searchPath = ownPathOnly ? standIns.ownPathOnly : standIns.searchPath
        return builder
    }

    private func source(_ path: String = "src") throws -> WheelMaker.Source {
        .init(name: try PyPIName("mine"), place: .path(directory(path)), text: "./\(path)")
    }

    @Test func uvBuildsForThePacksPython() throws {
        try standIns.add(
            "uv",
            """
            printf '%s\\n' "$@" "$SOURCE_DATE_EPOCH" > '\(directory.path)/arguments'
            cp '\(directory.path)/made/mine-1.0-py3-none-any.whl' "$5/"
            """)
        let built = try builder(.osxArm64).build(source())
        #expect(built.wheel.fileName == "mine-1.0-py3-none-any.whl")
        #expect(built.note.sha256 == built.wheel.sha256.hex)
        #expect(
            built.note.command
                == "uv build --wheel --no-create-gitignore --out-dir TMP/wheels --python 3.12 -- SOURCE")
        let arguments = String(decoding: try directory.read("arguments"), as: UTF8.self).split(separator: "\n")
        #expect(
            arguments[5...].elementsEqual(["--python", "3.12", "--", Substring("\(directory("src"))"), "315532800"]))
        #expect(reporter.messages == ["note: 🛠️ Building a wheel of mine from ./src"])
    }

    @Test func pipIsTheOtherWay() throws {
        try standIns.add(
            "python3.12",
            """
            if [ "$3" = --version ]; then exit 0; fi
            /bin/cp '\(directory.path)/made/mine-1.0-py3-none-any.whl' "$8/"
            """)
        let built = try builder(ownPathOnly: true).build(source())
        #expect(
            built.note.command.hasPrefix("python3.12 -m pip --disable-pip-version-check --no-input wheel --no-deps "))
    }

    @Test func nothingThatBuilds() throws {
        try standIns.add("python3", "exit 1")
        let text = errorText { _ = try builder(ownPathOnly: true).build(source()) }
        #expect(
            text.hasPrefix("could not build a wheel of mine (./src): neither 'uv' nor a Python with pip is in PATH"))
        #expect(text.hasSuffix("or give a built wheel with --inject FILE.whl."))
    }

    @Test func compiledWheelsOnlyForTheirOwnPlatform() throws {
        try standIns.add("uv", "cp '\(directory.path)/made/mine-1.0-cp312-cp312-linux_x86_64.whl' \"$5/\"")
        _ = try builder(.linux64).build(source())
        let text = errorText { _ = try builder(.win64).build(source()) }
        #expect(text.contains("it is built for linux_x86_64, not for win-64"))
        #expect(text.contains("Packages with compiled parts can only be built on win-64 with Python 3.12"))
    }

    @Test func failureShowsOutput() throws {
        try standIns.add("uv", "echo 'no setup.py'; exit 2")
        let text = errorText { _ = try builder().build(source()) }
        #expect(text.contains("--python 3.12 -- "))
        #expect(text.contains("' ended with exit code 2:\n  | no setup.py | "))
    }

    @Test func whatCameOutIsJudged() throws {
        try standIns.add("uv", "exit 0")
        #expect(errorText { _ = try builder().build(source()) }.contains("the build left 0 wheels instead of one"))
        try directory.write("made/other-1.0-py3-none-any.whl", makeWheel("other", "1.0"))
        try standIns.add("uv", "cp '\(directory.path)/made/other-1.0-py3-none-any.whl' \"$5/\"")
        #expect(errorText { _ = try builder().build(source()) }.contains("made a wheel of another package"))
    }
}
