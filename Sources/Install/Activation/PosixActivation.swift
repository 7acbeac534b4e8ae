import Support

/// The reversible script for bash, zsh, ksh, dash and busybox.
struct PosixActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        var text: ByteString = """
            # Activates an environment: . ./activate.sh
            # Afterwards `deactivate` brings back what was before.
            if [ -n "${_PIXI_PACK_PREFIX-}" ]; then deactivate; fi

            """
        text = text + Self.location(parts)
        text =
            text + """
                _pixi_pack_save() {
                    eval "_PIXI_PACK_WAS_$1=\\${$1-} _PIXI_PACK_HAD_$1=\\${$1+yes}"
                }
                _pixi_pack_restore() {
                    eval "if [ -n \\"\\$_PIXI_PACK_HAD_$1\\" ]; then export $1=\\"\\$_PIXI_PACK_WAS_$1\\"; else unset $1; fi"
                    unset "_PIXI_PACK_WAS_$1" "_PIXI_PACK_HAD_$1"
                }
                deactivate() {

                """
        for script in parts.deactivation { text = text + "    " + Self.run(script) }
        for name in parts.names.reversed() { text = text + "    _pixi_pack_restore " + name + "\n" }
        text =
            text + """
                    unset _PIXI_PACK_PREFIX
                    unset -f deactivate _pixi_pack_save _pixi_pack_restore
                    hash -r 2> /dev/null || :
                }

                """
        for name in parts.names { text = text + "_pixi_pack_save " + name + "\n" }
        text =
            text + """
                export PATH="$_PIXI_PACK_PREFIX/bin:${PATH}"
                export CONDA_SHLVL=1
                export CONDA_PREFIX="$_PIXI_PACK_PREFIX"

                """
        for variable in parts.variables {
            let pieces = variable.pieces.map { $0.isEmpty ? "" : PosixQuoting.value($0) }
            let value =
                pieces.count == 1
                ? PosixQuoting.value(variable.pieces.first ?? "") : .joined(pieces, by: "\"$CONDA_PREFIX\"")
            text = text + "export " + variable.name + "=" + value + "\n"
        }
        for script in parts.activation { text = text + Self.run(script) }
        self.text = text
    }

    private static func run(_ script: ByteString) -> ByteString {
        ". \"$_PIXI_PACK_PREFIX\"/" + PosixQuoting.word(script) + "\n"
    }

    /// Sets `_PIXI_PACK_PREFIX`.
    private static func location(_ parts: ReversibleActivation.Parts) -> ByteString {
        let fixed = "_PIXI_PACK_PREFIX=" + PosixQuoting.word(parts.prefix) + "\n"
        guard let relative = parts.relative else { return fixed }
        return """
            if [ -n "${BASH_VERSION-}" ]; then
                eval '_PIXI_PACK_PREFIX=${BASH_SOURCE[0]}'
            elif [ -n "${ZSH_VERSION-}" ]; then
                eval '_PIXI_PACK_PREFIX=${(%):-%x}'
            else
                case "${KSH_VERSION-}" in
                *93*) eval '_PIXI_PACK_PREFIX=${.sh.file}' ;;
                *) _PIXI_PACK_PREFIX=./activate.sh ;;
                esac
            fi
            case "$_PIXI_PACK_PREFIX" in
            */*) _PIXI_PACK_PREFIX="${_PIXI_PACK_PREFIX%/*}/" ;;
            *) _PIXI_PACK_PREFIX=. ;;
            esac
            _PIXI_PACK_PREFIX=$(CDPATH= cd -- "$_PIXI_PACK_PREFIX" && pwd)/
            """ + PosixQuoting.word(relative.bytes) + """

                # Other shells do not tell where a script is: then the current directory counts, or the place it was made for.
                if [ ! -d "$_PIXI_PACK_PREFIX/conda-meta" ]; then

                """ + "    " + fixed + "fi\n"
    }
}
