import Support

/// The reversible script for fish.
struct FishActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        var text: ByteString = """
            # Activates an environment: source activate.fish
            # Afterwards `deactivate` brings back what was before.
            if set -q _pixi_pack_prefix
                deactivate
            end

            """
        if let relative = parts.relative {
            text =
                text + "set -g _pixi_pack_prefix (realpath (dirname (status filename)))/" + Self.quote(relative.bytes)
        } else {
            text = text + "set -g _pixi_pack_prefix " + Self.quote(parts.prefix)
        }
        text =
            text + """

                function _pixi_pack_save
                    set -q $argv[1]; and set -g _pixi_pack_was_$argv[1] $$argv[1]
                end
                function _pixi_pack_restore
                    set -l was _pixi_pack_was_$argv[1]
                    if set -q $was
                        set -gx $argv[1] $$was
                        set -eg $was
                    else
                        set -eg $argv[1]
                    end
                end
                function deactivate --description 'Leave the environment'

                """
        for script in parts.deactivation { text = text + "    " + Self.run(script) }
        text =
            text + """
                    for name in $_pixi_pack_more
                        _pixi_pack_restore $name
                    end
                    set -eg _pixi_pack_more

                """
        for name in parts.names.reversed() { text = text + "    _pixi_pack_restore " + name + "\n" }
        text =
            text + """
                    set -eg _pixi_pack_prefix
                    functions -e deactivate _pixi_pack_save _pixi_pack_restore
                end

                """
        for name in parts.names { text = text + "_pixi_pack_save " + name + "\n" }
        text =
            text + """
                set -gx PATH "$_pixi_pack_prefix/bin" $PATH
                set -gx CONDA_SHLVL 1
                set -gx CONDA_PREFIX "$_pixi_pack_prefix"

                """
        for variable in parts.variables {
            let value = ByteString.joined(variable.pieces.map(Self.value), by: "\"$CONDA_PREFIX\"")
            text = text + "set -gx " + variable.name + " " + value + "\n"
        }
        if !parts.activation.isEmpty {
            text = text + Self.savingMore(but: parts.names)
            for script in parts.activation { text = text + Self.run(script) }
            text = text + Self.notingMore
        }
        self.text = text
    }

    // What the packages' scripts export is found by comparing the variables before and after they run.

    private static func savingMore(but names: [ByteString]) -> ByteString {
        """
        function _pixi_pack_exported
            string match -v -r '^(_|
        """ + .joined(names + ["PWD", "OLDPWD", "SHLVL"], by: "|") + """
            )$' (set -nx)
            end
            set -g _pixi_pack_before (_pixi_pack_exported)
            for _pixi_pack_name in $_pixi_pack_before
                _pixi_pack_save $_pixi_pack_name
            end

            """
    }

    private static let notingMore: ByteString = """
        set -g _pixi_pack_more
        for _pixi_pack_name in (string join \\n $_pixi_pack_before (_pixi_pack_exported) | sort -u)
            set -g _pixi_pack_was _pixi_pack_was_$_pixi_pack_name
            if set -q $_pixi_pack_was; and set -q $_pixi_pack_name; and test "$$_pixi_pack_was" = "$$_pixi_pack_name"
                set -eg $_pixi_pack_was
            else
                set -ga _pixi_pack_more $_pixi_pack_name
            end
        end
        functions -e _pixi_pack_exported
        set -eg _pixi_pack_before
        set -eg _pixi_pack_was

        """

    private static func run(_ script: ByteString) -> ByteString {
        "source \"$_pixi_pack_prefix\"/" + quote(script) + "\n"
    }

    private static func quote(_ text: ByteString) -> ByteString { "'" + text.escaping("\\'", with: "\\") + "'" }

    /// As in the original's script, `$NAME` in a value is expanded; every other `$` is an ordinary character.
    private static func value(_ text: ByteString) -> ByteString { ScriptQuoting.fish(VariableValue(text)) }
}
