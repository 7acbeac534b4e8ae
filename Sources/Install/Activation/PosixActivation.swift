import Support

/// The reversible script for bash, zsh, ksh, dash and busybox.
struct PosixActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        var text: ByteString = """
            # Activates an environment: . ./activate.sh
            # Afterwards `deactivate` brings back what was before.
            if [ -n "${_PIXI_PACK_PREFIX-}" ] && command -v deactivate > /dev/null 2>&1; then deactivate; fi

            """
        text = text + Self.location(parts)
        text =
            text + """
                _pixi_pack_save() {
                    eval "_PIXI_PACK_WAS_$1=\\${$1-} _PIXI_PACK_HAD_$1=\\${$1+yes}"
                }
                _pixi_pack_restore() {
                    eval "if [ -n \\"\\${_PIXI_PACK_HAD_$1-}\\" ]; then export $1=\\"\\${_PIXI_PACK_WAS_$1-}\\"; else unset $1; fi"
                    unset "_PIXI_PACK_WAS_$1" "_PIXI_PACK_HAD_$1"
                }
                deactivate() {

                """
        if !parts.deactivation.isEmpty {
            text = text + PosixOptions.suspended
            for script in parts.deactivation { text = text + Self.run(script) }
            text = text + PosixOptions.resumed
        }
        if !parts.activation.isEmpty { text = text + Self.restoringMore }
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
                export PATH="$_PIXI_PACK_PREFIX/bin${PATH:+:$PATH}"
                export CONDA_SHLVL=1
                export CONDA_PREFIX="$_PIXI_PACK_PREFIX"

                """
        for variable in parts.variables {
            let pieces = variable.pieces.map { $0.isEmpty ? "" : PosixQuoting.robust($0) }
            let value =
                pieces.count == 1
                ? PosixQuoting.robust(variable.value) : .joined(pieces, by: "\"$CONDA_PREFIX\"")
            text = text + "export " + variable.name + "=" + value + "\n"
        }
        if !parts.activation.isEmpty {
            text = text + Self.savingMore(but: parts.names)
            text = text + PosixOptions.suspended
            for script in parts.activation { text = text + Self.run(script) }
            text = text + PosixOptions.resumed + Self.notingMore
        }
        self.text = text
    }

    // What the packages' scripts export is found by comparing the variables before and after they run. A line of a long
    // value may look like a variable, but is the same before and after. Lists of names are split with parameter
    // expansion, as word splitting in `for` depends on IFS and on options. The backslashes keep aliases from being
    // used.

    private static let restoringMore: ByteString = """
            while [ -n "${_PIXI_PACK_MORE-}" ]; do
                _pixi_pack_restore "${_PIXI_PACK_MORE%%:*}"
                _PIXI_PACK_MORE=${_PIXI_PACK_MORE#*:}
            done
            unset _PIXI_PACK_MORE

        """

    private static func savingMore(but names: [ByteString]) -> ByteString {
        let own = ByteString.joined(names + ["PWD", "OLDPWD", "SHLVL"], by: #"\|"#)
        return #"""
            _pixi_pack_exported() {
                \command env | LC_ALL=C \command sed -n -e '/^\(
            """# + own + #"""
                \)=/d' -e 's/^\([A-Za-z][A-Za-z0-9_]*\)=.*/\1/p'
                }
                _pixi_pack_joined() {
                    LC_ALL=C \command sort -u | \command tr '\n' ':'
                }
                _pixi_pack_changed() {
                    eval "[ \"\${_PIXI_PACK_HAD_$1+known}/\${_PIXI_PACK_HAD_$1-}/\${_PIXI_PACK_WAS_$1-}\" != \
                        \"known/\${$1+yes}/\${$1-}\" ]"
                }
                _PIXI_PACK_BEFORE=$(_pixi_pack_exported | _pixi_pack_joined)
                _PIXI_PACK_REST=$_PIXI_PACK_BEFORE
                while [ -n "$_PIXI_PACK_REST" ]; do
                    _pixi_pack_save "${_PIXI_PACK_REST%%:*}"
                    _PIXI_PACK_REST=${_PIXI_PACK_REST#*:}
                done

                """#
    }

    private static let notingMore: ByteString = #"""
        _PIXI_PACK_MORE=
        _PIXI_PACK_REST=$({
            _pixi_pack_exported
            \echo "$_PIXI_PACK_BEFORE" | \command tr ':' '\n' | \command sed -e '/^$/d'
        } | _pixi_pack_joined)
        while [ -n "$_PIXI_PACK_REST" ]; do
            _PIXI_PACK_NAME=${_PIXI_PACK_REST%%:*}
            _PIXI_PACK_REST=${_PIXI_PACK_REST#*:}
            if _pixi_pack_changed "$_PIXI_PACK_NAME"; then
                _PIXI_PACK_MORE=$_PIXI_PACK_MORE$_PIXI_PACK_NAME:
                eval "_PIXI_PACK_HAD_$_PIXI_PACK_NAME=\${_PIXI_PACK_HAD_$_PIXI_PACK_NAME-}"
                eval "_PIXI_PACK_WAS_$_PIXI_PACK_NAME=\${_PIXI_PACK_WAS_$_PIXI_PACK_NAME-}"
            else
                unset "_PIXI_PACK_WAS_$_PIXI_PACK_NAME" "_PIXI_PACK_HAD_$_PIXI_PACK_NAME"
            fi
        done
        unset -f _pixi_pack_exported _pixi_pack_joined _pixi_pack_changed
        unset _PIXI_PACK_BEFORE _PIXI_PACK_REST _PIXI_PACK_NAME

        """#

    private static func run(_ script: ByteString) -> ByteString {
        ". \"$_PIXI_PACK_PREFIX\"/" + PosixQuoting.single(script) + "\n"
    }

    /// Sets `_PIXI_PACK_PREFIX`.
    private static func location(_ parts: ReversibleActivation.Parts) -> ByteString {
        let fixed = "_PIXI_PACK_PREFIX=" + PosixQuoting.single(parts.prefix) + "\n"
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
            _PIXI_PACK_PREFIX=$([ -n "${KSH_VERSION-}" ] || unset -f cd pwd 2> /dev/null || :; CDPATH= \\cd -- "$_PIXI_PACK_PREFIX" > /dev/null && \\pwd)/
            """ + PosixQuoting.single(relative.bytes) + """

                # Other shells do not tell where a script is: then the current directory counts, or the place it was made for.
                if [ ! -d "$_PIXI_PACK_PREFIX/conda-meta" ]; then

                """ + "    " + fixed + "fi\n"
    }
}
