import Support

/// The reversible script for nushell. nushell must know the paths of scripts when it parses the text, hence the
/// constants.
struct NushellActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        let names = ByteString.joined(parts.names.map(Self.quote), by: " ")
        let place =
            parts.relative.map { "(path self | path dirname | path join " + Self.quote($0.bytes) + ")" }
            ?? Self.quote(parts.prefix)
        var text: ByteString =
            """
            # Activates an environment: source activate.nu
            # Afterwards `deactivate` brings back what was before.
            const _pixi_pack_prefix =\u{20}
            """ + place + "\nconst _pixi_pack_names = [" + names + """
                ]
                $env._PIXI_PACK_WAS = ($_pixi_pack_names | reduce --fold {} {|name, was|
                    if $name in $env { $was | insert $name ($env | get $name) } else { $was }
                })
                def --env deactivate [] {

                """
        for script in parts.deactivation { text = text + "    " + Self.run(script) }
        text =
            text + """
                    let was = $env._PIXI_PACK_WAS
                    hide-env --ignore-errors ...$_pixi_pack_names _PIXI_PACK_WAS
                    load-env $was
                }
                $env.PATH = ($env.PATH | prepend ($_pixi_pack_prefix | path join "bin"))
                $env.CONDA_SHLVL = "1"
                $env.CONDA_PREFIX = $_pixi_pack_prefix

                """
        for variable in parts.variables {
            let pieces = ByteString.joined(variable.pieces.map(Self.quote), by: " $_pixi_pack_prefix ")
            let value = variable.pieces.count == 1 ? pieces : "([" + pieces + "] | str join)"
            text = text + "$env." + variable.name + " = " + value + "\n"
        }
        for script in parts.activation { text = text + Self.run(script) }
        self.text = text
    }

    private static func run(_ script: ByteString) -> ByteString {
        "source-env ($_pixi_pack_prefix | path join " + quote(script) + ")\n"
    }

    private static func quote(_ text: ByteString) -> ByteString { ScriptQuoting.nushell(text) }
}
