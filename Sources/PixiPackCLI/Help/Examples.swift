/// What the help and the manual show of each command.
extension PackProgram: Exemplified {
    static var common: [String] { PackCommand.common }
    static var examples: [CommandExample] { PackCommand.examples }
}

extension UnpackProgram: Exemplified {
    static var common: [String] { UnpackCommand.common }
    static var examples: [CommandExample] { UnpackCommand.examples }
}

extension PackCommand: Exemplified {
    static var common: [String] {
        [
            "--environment", "--platform", "--output-file", "--create-executable", "--inject", "--cache", "--config",
            "--dry-run",
        ]
    }

    static var examples: [CommandExample] {
        [
            CommandExample("pixi-pack", "Pack the workspace in this folder for this platform: environment.tar"),
            CommandExample(
                "pixi-pack -e prod -p linux-aarch64 -o prod.tar path/to/workspace",
                "Another environment, platform, name and workspace"),
            CommandExample("pixi-pack --create-executable", "One file that unpacks itself: environment.sh"),
            CommandExample(
                "pixi-pack --create-executable --squashfs", "One that is mounted to run programs, not unpacked"),
            CommandExample(
                "pixi-pack -e default -e test -p linux-64 -p osx-arm64 --bundle -o all.tar",
                "Two environments for two platforms in one file"),
            CommandExample("pixi-pack -i my-package-1.0-0.conda", "Add a package that is not in the lock file"),
            CommandExample("pixi-pack --build-wheels", "Make wheels of Python packages that are sources"),
            CommandExample("pixi-pack --prefix path/to/env", "Pack an environment that is there, without a lock file"),
            CommandExample("pixi-pack --from-explicit list.txt", "Pack the files of a list of conda or conda-lock"),
            CommandExample("pixi-pack --base old.tar -o delta.tar", "Pack only what changed since old.tar"),
            CommandExample("pixi-pack --sbom cyclonedx --sbom spdx", "Write bills of materials beside the pack"),
            CommandExample("pixi-pack --sign pixi-pack.key", "Sign the pack with a key of 'pixi-pack keygen'"),
            CommandExample("pixi-pack --dry-run", "See what would be fetched, from where, and how large it is"),
            CommandExample("pixi-pack -o oci://registry.example/team/app:1.4", "Push it to a registry"),
            CommandExample("pixi-pack --cache", "Keep downloads for the next time"),
            CommandExample("pixi-pack -o - | ssh host pixi-unpack -o /opt/app -", "Unpack on another machine at once"),
        ]
    }
}

extension UnpackCommand: Exemplified {
    static var common: [String] {
        [
            "--output-directory", "--env-name", "--shell", "--environment", "--force", "--verify-key", "--dry-run",
        ]
    }

    static var examples: [CommandExample] {
        [
            CommandExample("pixi-unpack environment.tar", "Make env/ and activate.sh in this folder"),
            CommandExample(". ./activate.sh", "Use the environment in this shell"),
            CommandExample(
                "pixi-unpack -o /opt/app -e 1.2 environment.tar", "Make /opt/app/1.2 and /opt/app/activate.sh"),
            CommandExample("pixi-unpack --dry-run new.tar", "See what an update of env/ would change"),
            CommandExample("pixi-unpack delta.tar", "Update env/, which was made from the delta's base"),
            CommandExample(
                "pixi-unpack --base old.tar -o elsewhere delta.tar", "Make an environment from a delta and its base"),
            CommandExample("pixi-unpack --environment test all.tar", "Unpack one environment of several"),
            CommandExample(
                "pixi-unpack --verify-key pixi-pack.pub environment.tar", "Refuse what that key has not signed"),
            CommandExample(
                "pixi-unpack --shell all environment.tar", "A script for every shell, each with 'deactivate'"),
            CommandExample(
                "pixi-unpack -o /opt/app/1.2 --modulefile /opt/modules/app/1.2 environment.tar",
                "Let users of a cluster load it: module load app/1.2"),
            CommandExample("pixi-unpack environment.tar -- python script.py", "Run a program in the environment"),
            CommandExample(
                "pixi-unpack oci://registry.example/team/app:1.4", "Pull from a registry what env/ lacks"),
            CommandExample(
                "pixi-unpack https://host.example/environment.tar", "Fetch what env/ lacks of a pack at a URL"),
            CommandExample("pixi-unpack --verify environment.tar", "See whether the pack is whole"),
        ]
    }
}

extension InspectCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample("pixi-unpack inspect environment.tar", "Packages, sizes and licences"),
            CommandExample("pixi-unpack inspect environment.tar --tree", "Which package needs which"),
            CommandExample("pixi-unpack inspect old.tar --diff new.tar", "What an update would bring"),
            CommandExample("pixi-unpack inspect --json environment.tar > environment.json", "A list for --base"),
            CommandExample("pixi-unpack inspect --sbom spdx environment.tar", "A bill of materials of a pack"),
        ]
    }
}

extension VerifyCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample("pixi-unpack verify environment.tar", "See whether a pack is whole"),
            CommandExample("pixi-unpack verify --deep environment.tar", "See whether every file in its packages is"),
            CommandExample("pixi-unpack verify --env env", "See what was changed in an environment"),
        ]
    }
}

extension FetchCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample(
                "pixi-unpack fetch oci://registry.example/team/app:1.4 -o app.tar",
                "Make a file of a pack in a registry"),
            CommandExample(
                "pixi-unpack fetch https://host.example/new.tar --base old.tar -o new.tar",
                "Fetch only what old.tar lacks"),
        ]
    }
}

extension RelocateCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample("pixi-unpack relocate env", "After the environment was moved"),
            CommandExample("pixi-unpack relocate env --prefix /opt/app/env", "Before it is moved there"),
            CommandExample(
                "pixi-unpack relocate env --from environment.tar", "Take from the pack what cannot be adapted"),
        ]
    }
}

extension MountCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample("pixi-unpack mount environment.sh", "Where its programs run"),
            CommandExample("pixi-unpack mount environment.sh /mnt/app", "Elsewhere, to look at it"),
        ]
    }
}

extension ShellHookCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample(
                "eval \"$(pixi-unpack shell-hook -e /opt/app/env)\"", "Activate it in bash, zsh and their like"),
            CommandExample("pixi-unpack shell-hook -e /opt/app/env -s fish | source", "Activate it in fish"),
        ]
    }
}

extension RunCommand: Exemplified {
    static var examples: [CommandExample] {
        [CommandExample("pixi-unpack run -e /opt/app/env -- python script.py", "Run a program without activating")]
    }
}

extension ListCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample("pixi-pack list -e prod -p linux-aarch64", "What would be packed"),
            CommandExample("pixi-pack list --all --json", "Everything in the lock file, for programs"),
            CommandExample("pixi-pack list --explicit > list.txt", "For 'conda create --file list.txt'"),
        ]
    }
}

extension KeygenCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample("pixi-pack keygen", "Make pixi-pack.key, with a password, and pixi-pack.pub"),
            CommandExample("pixi-pack keygen -W -s ci.key -p ci.pub", "Make a key without a password"),
            CommandExample("pixi-pack --sign pixi-pack.key", "Make environment.tar and environment.tar.minisig"),
            CommandExample("pixi-unpack --verify-key pixi-pack.pub", "Unpack it only if that key signed it"),
        ]
    }
}

extension ConfigCommand: Exemplified {
    static var examples: [CommandExample] {
        [CommandExample("pixi-pack config path/to/workspace", "Settings in force, and the file each comes from")]
    }
}

extension CacheCommand: Exemplified {
    static var examples: [CommandExample] {
        [
            CommandExample("pixi-pack cache info", "How large the cache is"),
            CommandExample("pixi-pack cache prune --older-than 30d", "Remove what was not used for 30 days"),
        ]
    }
}

extension CompletionCommand: Exemplified {
    static var examples: [CommandExample] {
        let program = Root.configuration.commandName ?? ""
        return [
            CommandExample(
                "\(program) completion -s bash > ~/.local/share/bash-completion/completions/\(program)",
                "For bash, from the next shell on"),
            CommandExample(
                "\(program) completion -s fish > ~/.config/fish/completions/\(program).fish", "For fish"),
            CommandExample(
                "\(program) completion -s nushell | save ~/.config/nushell/autoload/\(program).nu", "For nushell"),
        ]
    }
}

extension ManualCommand: Exemplified {
    static var examples: [CommandExample] {
        let program = Root.configuration.commandName ?? ""
        return [CommandExample("\(program) manual > \(program).1 && man ./\(program).1", "Read it")]
    }
}

extension LicensesCommand: Exemplified {
    static var examples: [CommandExample] {
        let program = Root.configuration.commandName ?? ""
        return [
            CommandExample("\(program) licenses", "Every text"),
            CommandExample("\(program) --version --verbose", "The list alone, with versions"),
            CommandExample("\(program) licenses --sbom cyclonedx", "For programs that look for known faults"),
        ]
    }
}
