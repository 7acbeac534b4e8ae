import Support
import TestKit
import Testing

extension SelfExtractingPackTests {
    /// `environment.sh -- COMMAND`.
    @Suite struct Commands {
        let yard: PackYard

        init() throws { yard = try PackYard() }

        @Test("a command runs in the environment, with its arguments, input, umask and status")
        func commands() throws {
            try yard.check("$environment -- greet", prints: "world")
            try yard.check(#"$environment -- sh -c 'printf "<%s>" "$@"' name 'a  b' '*' ''"#, prints: "<a  b><*><>")
            try yard.check(
                #"$environment -- sh -c 'test -n "$CONDA_PREFIX" && test "$(command -v greet)" = "$CONDA_PREFIX/bin/greet"'"#
            )
            try yard.check("$environment -- sh -c 'exit 42'", status: 42)
            try yard.check("$environment -- no-such-command", status: 127)
            try yard.check("echo hello | $environment -- cat | grep -q hello")
            try yard.check("umask 027; test \"$($environment -- sh -c umask)\" = 0027")
            try yard.expectNothingLeft()
        }

        @Test("with -o it runs in that environment, which is unpacked once")
        func inPlace() throws {
            try yard.check("$environment -o run -- greet")
            let before = try Sys.stat(yard.directory("run/env"), followLinks: false).st_ino
            try yard.check("$environment -o run -- greet")
            #expect(try Sys.stat(yard.directory("run/env"), followLinks: false).st_ino == before)
        }

        @Test("a pipe that is closed ends the command")
        func closedPipe() throws {
            try yard.check("$environment -- true")
            try yard.check(
                #"test "$($environment -- sh -c 'trap - PIPE; while :; do echo y; done; ' 2>&1 | head -1)" = y"#)
        }

        @Test("four at once unpack one environment, and say nothing")
        func together() throws {
            try yard.check("for run in 1 2 3 4; do $environment -q -- true 2>err$run & done; wait")
            try yard.check("$environment -- greet")
            try yard.check("test \"$(find $XDG_CACHE_HOME -maxdepth 4 -name env | wc -l)\" = 1")
            try yard.check("! cat err[1-4] | grep .")
            try yard.expectNothingLeft()
        }

        @Test("signals reach the command")
        func signals() throws {
            try yard.check("$environment -- true")
            try yard.check("$environment -- sleep 60 & child=$!; sleep 1; kill -TERM $child; wait $child", status: 143)
        }
    }
}
