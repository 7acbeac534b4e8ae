import Support

/// The reversible script for csh and tcsh. They have no functions: `deactivate` is an alias of statements that are collected
/// while variables are set, the last one first.
struct CshActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        var text: ByteString = """
            # Activates an environment: source activate.csh
            # Afterwards `deactivate` brings back what was before.
            if ( $?_pixi_pack_prefix ) then
                deactivate
            endif

            """
        text = text + Self.location(parts) + "set _pixi_pack_undo = ''\n"
        for name in parts.names { text = text + Self.save(name) }
        text =
            text + """
                if ( ! $?PATH ) setenv PATH /usr/bin:/bin
                setenv PATH "${_pixi_pack_prefix:q}/bin:${PATH:q}"
                setenv CONDA_SHLVL 1
                setenv CONDA_PREFIX "${_pixi_pack_prefix:q}"

                """
        for variable in parts.variables { text = text + Self.set(variable) }
        if !parts.activation.isEmpty {
            text = text + Self.savingMore(but: parts.names)
            for script in parts.activation { text = text + Self.run(script) + "\n" }
            text = text + Self.notingMore
        }
        let leaving = parts.deactivation.map { Self.run($0) + "; " }.reduce("", +)
        text =
            text + "alias deactivate " + CshQuoting.word(leaving) + #""${_pixi_pack_undo:q}"'"#
            + "unset _pixi_pack_prefix; unalias deactivate; rehash'\nunset _pixi_pack_undo\n"
        self.text = text
    }

    /// Keeps a variable, and notes how it gets its value back.
    private static func save(_ name: ByteString) -> ByteString {
        let was = "_pixi_pack_was_" + name
        return "if ( $?" + name + " ) then\n    set " + was + " = " + CshQuoting.expanded(name) + "\n    "
            + undo(name, wasSet: true) + "\nelse\n    " + undo(name, wasSet: false) + "\nendif\n"
    }

    private static func undo(_ name: ByteString, wasSet: Bool) -> ByteString {
        let was = "_pixi_pack_was_" + name
        let statement =
            wasSet
            ? "setenv " + name + " " + CshQuoting.expanded(was) + "; unset " + was + "; " : "unsetenv " + name + "; "
        return "set _pixi_pack_undo = " + CshQuoting.word(statement) + "\"${_pixi_pack_undo:q}\""
    }

    /// As in the other scripts, `$NAME` in a value is expanded.
    private static func set(_ variable: ReversibleActivation.Parts.Variable) -> ByteString {
        guard variable.pieces.count > 1 else {
            return .joined(CshQuoting.set(variable.name, to: VariableValue(variable.value)) + [""], by: "\n")
        }
        let value = ByteString.joined(variable.pieces, by: "${_pixi_pack_prefix}")
        return .joined(CshQuoting.set(variable.name, to: VariableValue(value)) + [""], by: "\n")
    }

    // What scripts export is found by comparing the environment before and after them. A line of a long value may look
    // like a variable; `$?` tells that it is not one. Text that contains names is read by `eval`.

    private static func savingMore(but names: [ByteString]) -> ByteString {
        let own = ByteString.joined(names + ["PWD", "OLDPWD", "SHLVL"], by: #"\|"#)
        return #"""
            alias _pixi_pack_exported 'env | env LC_ALL=C sed -n -e "/^\(
            """# + own + #"""
                \)=/d" -e "s/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p"'
                set _pixi_pack_names = ( `_pixi_pack_exported` )
                foreach _pixi_pack_name ( $_pixi_pack_names )
                    eval 'set _pixi_pack_is = $?'$_pixi_pack_name
                    if ( $_pixi_pack_is ) then
                        eval 'set _pixi_pack_was_'$_pixi_pack_name' = "${'$_pixi_pack_name':q}"'
                    endif
                end

                """#
    }

    private static let notingMore: ByteString = #"""
        set _pixi_pack_names = ( $_pixi_pack_names `_pixi_pack_exported` )
        foreach _pixi_pack_name ( $_pixi_pack_names )
            eval 'set _pixi_pack_had = $?_pixi_pack_was_'$_pixi_pack_name
            eval 'set _pixi_pack_is = $?'$_pixi_pack_name
            eval 'set _pixi_pack_known = $?_pixi_pack_done_'$_pixi_pack_name
            eval 'set _pixi_pack_done_'$_pixi_pack_name
            set _pixi_pack_same = 0
            if ( $_pixi_pack_had && $_pixi_pack_is ) then
                eval 'if ( "x${_pixi_pack_was_'$_pixi_pack_name':q}" == "x${'$_pixi_pack_name':q}" ) set _pixi_pack_same = 1'
            endif
            if ( $_pixi_pack_known ) then
            else if ( $_pixi_pack_same ) then
                unset _pixi_pack_was_$_pixi_pack_name
            else if ( $_pixi_pack_had ) then
                set _pixi_pack_undo = 'setenv '$_pixi_pack_name' "${_pixi_pack_was_'$_pixi_pack_name':q}"; unset _pixi_pack_was_'$_pixi_pack_name"; ${_pixi_pack_undo:q}"
            else if ( $_pixi_pack_is ) then
                set _pixi_pack_undo = "unsetenv $_pixi_pack_name; ${_pixi_pack_undo:q}"
            endif
        end
        unset _pixi_pack_done_*
        unset _pixi_pack_names _pixi_pack_name _pixi_pack_had _pixi_pack_is _pixi_pack_known _pixi_pack_same
        unalias _pixi_pack_exported

        """#

    private static func run(_ script: ByteString) -> ByteString {
        "source \"${_pixi_pack_prefix:q}\"" + CshQuoting.word("/" + script)
    }

    /// Sets `_pixi_pack_prefix`.
    private static func location(_ parts: ReversibleActivation.Parts) -> ByteString {
        let fixed = "set _pixi_pack_prefix = " + CshQuoting.word(parts.prefix) + "\n"
        guard let relative = parts.relative else { return fixed }
        let place = CshQuoting.word("/" + relative.bytes)
        // csh does not tell which file it reads; Linux tells which ones it has open.
        return #"""
            set _pixi_pack_folder = "$cwd:q"
            if ( -d /proc/$$/fd ) then
                foreach _pixi_pack_file ( /proc/$$/fd/* )
                    set _pixi_pack_file = "`readlink $_pixi_pack_file`"
                    if ( "x$_pixi_pack_file:q" =~ */activate.csh ) set _pixi_pack_folder = "$_pixi_pack_file:h:q"
                end
                unset _pixi_pack_file
            endif
            set _pixi_pack_prefix = "${_pixi_pack_folder:q}"
            """# + place + """

                unset _pixi_pack_folder
                if ( ! -d "${_pixi_pack_prefix:q}/conda-meta" ) then

                """ + "    " + fixed + "endif\n"
    }
}
