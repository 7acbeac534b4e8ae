import Testing

@testable import PixiPackCLI

/// Command lines that people type are read: those of the original's documentation, those of scripts in public
/// repositories, and the ways clap lets them be written.
@Suite("Command lines")
struct CommandLineTests {
    private func read(_ line: String) throws -> any Command {
        let words = line.split(separator: " ").map(String.init)
        guard case .command(let command) = try Invocation(words).parse() else {
            throw UsageError(message: "a text is printed", command: line)
        }
        return command
    }

    private func mistake(_ line: String) -> String {
        do {
            _ = try read(line)
            return "no mistake"
        } catch let error as UsageError {
            return error.message.text
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "of the original's README, examples, help and start script, and of pixi's documentation",
        arguments: [
            "pixi-pack", "pixi-unpack environment.tar", "pixi-unpack",
            "pixi-pack --environment prod --platform linux-64 pixi.toml", "pixi-pack --platform win-64",
            "pixi-pack --create-executable",
            "pixi-pack --create-executable --pixi-unpack-source https://my.mirror/pixi-pack/pixi-unpack-x86_64-unknown-linux-musl",
            "pixi-pack --create-executable --pixi-unpack-source ./pixi-unpack-x86_64-unknown-linux-musl",
            "pixi-pack --inject local-package-1.0.0-hbefa133_0.conda pixi.toml",
            "pixi-pack --ignore-pypi-non-wheel --inject my_webserver-0.1.0-py3-none-any.whl",
            "pixi-pack --config config.toml", "pixi-pack --use-cache ~/.pixi-pack/cache",
            "pixi-pack pack --config config.toml", "pixi-pack pack --ignore-pypi-non-wheel", "pixi-pack pack",
            "pixi-pack pack --platform linux-64", "pixi-pack unpack environment.tar",
            "pixi-pack pack -e prod --platform win-64 --inject output/noarch/my-webserver-1.conda",
            "pixi-pack pack -e prod --platform win-64 --inject dist/my_webserver-0.1.0-py3-none-any.whl",
            // Before version 0.7, and still in documentation of that time.
            "pixi-pack pack --manifest-file pixi.toml --environment prod --platform linux-64",
            "pixi-pack --environment e --platform linux-64 --auth-file a.json -o x.tar --use-cache c -i -c c.toml .",
            "pixi-pack --directory-only --output-file folder -v -q --verbose --quiet",
            "pixi-pack completion -s bash", "pixi-pack completion --shell elvish", "pixi-unpack completion -s zsh",
            "pixi-unpack --output-directory d --env-name e --shell bash -vvv environment.tar",
            "pixi-unpack -o d -e e -s powershell -q environment.tar",
            "environment.sh", "environment.sh --output-directory d --env-name e --shell fish --verbose --quiet",
        ])
    func documented(line: String) throws {
        if line.hasPrefix("environment.sh") {
            _ = try read("pixi-unpack " + line.dropFirst("environment.sh".count) + " environment.sh")
        } else {
            _ = try read(line)
        }
    }

    @Test(
        "of public scripts and workflows",
        arguments: [
            // A Slurm edge node's tasks; a bundle of a Docker image; a package manager's formula; instructions for users
            // of Windows and macOS; a CUDA course; an imaging tool; a desktop program's release; a CI of compilers; a
            // cross build; an editor's extension; a modelling tool's wheels.
            "pixi-pack --inject dist/base-1.0.0-py3-none-any.whl pyproject.toml",
            "pixi-pack --create-executable --ignore-pypi-non-wheel -c rattler.toml -p linux-64 -e infer -o b.sh",
            "pixi-pack completion -s fish",
            "pixi-pack --use-cache ./pixi-cache/",
            "pixi-pack --environment default --platform linux-64 --output-file ml-env-204.tar",
            "pixi-pack --environment prod --platform linux-64 --use-cache ~/.pixi_pack/cache --ignore-pypi-non-wheel --create-executable pixi.toml",
            "pixi-pack -e studio-runtime -p linux-64 -o base-linux.tar /path/to/release/pixi.toml",
            "pixi-unpack env-dev.tar -o .pixi/envs --env-name dev",
            "pixi-unpack env.tar -o /app",
            "pixi-pack --environment default --platform linux-aarch64 pixi.toml",
            "pixi-pack --environment test --platform osx-arm64 pixi.toml --create-executable",
            "pixi-pack --create-executable --inject /a/p.whl --inject /a/g.whl --inject /a/w.whl",
            "pixi-pack --platform linux-64 --create-executable",
        ])
    func published(line: String) throws { _ = try read(line) }

    @Test("values attached to short options, and several letters behind one dash") func attached() throws {
        let pack = try #require(try read("pixi-pack -vveprod -plinux-64 -oX.tar -c=c.toml") as? PackCommand)
        #expect(pack.options.targets.environment == ["prod"])
        #expect(pack.options.targets.platform.map(\.rawValue) == ["linux-64"])
        #expect(pack.options.output.outputFile == PathArgument("X.tar"))
        #expect(pack.options.network.configuration.config == [PathArgument("c.toml")])
        #expect(pack.console.verbose == 2)
        let unpack = try #require(try read("pixi-unpack -qo- -ee -sfish") as? UnpackCommand)
        #expect(unpack.options.place.outputDirectory == PathArgument("-"))
        #expect(unpack.options.activation.shell == .one(.fish))
        let injected = try #require(try read("pixi-pack -ia.conda -ib.conda") as? PackCommand)
        #expect(injected.options.packages.inject == [PathArgument("a.conda"), PathArgument("b.conda")])
    }

    @Test("what stands behind a program to run is that program's") func passthrough() throws {
        let run = try #require(try read("pixi-unpack -q run -eenv -- tool -xyz --inject") as? RunCommand)
        #expect(run.command.suffix(3) == ["tool", "-xyz", "--inject"])
        #expect(run.environment == PathArgument("env") && run.console.quiet == 1)
        let command = try #require(try read("pixi-unpack p.tar -- tool -eprod -i") as? UnpackCommand)
        #expect(command.options.command == ["tool", "-eprod", "-i"])
    }

    @Test("--inject without files adds nothing") func noFiles() throws {
        let pack = try #require(try read("pixi-pack --inject -e prod -i") as? PackCommand)
        #expect(pack.options.packages.inject.isEmpty && pack.options.targets.environment == ["prod"])
    }

    @Test("words of pixi's are taken") func pixi() throws {
        let pack = try #require(try read("pixi-pack --manifest-path w --concurrent-downloads 3") as? PackCommand)
        #expect(pack.options.workspace.given == PathArgument("w"))
        #expect(pack.options.network.concurrentDownloads == 3)
        #expect(mistake("pixi-pack --manifest-path a b") == "there is more than one manifest: b, a")
    }

    @Test(
        "a mistake names what is close, and nothing else",
        arguments: [
            ("pixi-pack --name x", "unknown option '--name'"),
            ("pixi-unpack --name x", "unknown option '--name'. Did you mean '--env-name'?"),
            ("pixi-pack --output x", "unknown option '--output'. Did you mean '--output-file'?"),
            ("pixi-unpack --output-dir x", "unknown option '--output-dir'. Did you mean '--output-directory'?"),
            ("pixi-unpack --env x", "unknown option '--env'. Did you mean '--env-name' or '--environment'?"),
            ("pixi-pack -platform linux-64", "unknown option '-platform'. Did you mean '--platform'?"),
            ("pixi-pack --plaftorm=linux-64", "unknown option '--plaftorm'. Did you mean '--platform'?"),
            ("pixi-pack --env-name x", "unknown option '--env-name': it is one of pixi-unpack"),
            ("pixi-unpack -p linux-64", "unknown option '-p': it is one of pixi-pack"),
            ("pixi-unpack insepct x.tar", "'insepct' is neither a command nor a file. Did you mean 'inspect'?"),
            ("pixi-pack lsit", "'lsit' is neither a command nor a file. Did you mean 'list'?"),
            ("pixi-unpack unpack x.tar", "there is no command 'unpack' of pixi-unpack; leave the word out"),
            ("pixi-unpack pack", "there is no command 'pack' of pixi-unpack; that is what pixi-pack does"),
        ])
    func close(line: String, text: String) { #expect(mistake(line) == text) }
}
