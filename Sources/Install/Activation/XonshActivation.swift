import Support

/// The reversible script for xonsh.
struct XonshActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        let names = ByteString.joined(parts.names.map(Self.quote), by: ", ")
        let place =
            parts.relative.map {
                "_pixi_pack_os.path.join(_pixi_pack_os.path.dirname(_pixi_pack_os.path.abspath(__file__)), "
                    + Self.quote($0.bytes) + ")"
            } ?? Self.quote(parts.prefix)
        var text: ByteString =
            """
            # Activates an environment: source activate.xsh
            # Afterwards `deactivate` brings back what was before.
            import os as _pixi_pack_os
            if '_pixi_pack_prefix' in globals():
                _pixi_pack_deactivate()
            _pixi_pack_prefix =\u{20}
            """ + place + """

                _pixi_pack_names = [
                """ + names + """
                ]
                _pixi_pack_was = {name: ${...}[name] for name in _pixi_pack_names if name in ${...}}
                _pixi_pack_was['PATH'] = list(${...}.get('PATH', []))
                def _pixi_pack_deactivate(args=None):
                    global _pixi_pack_prefix

                """
        for script in parts.deactivation { text = text + "    " + Self.run(script) }
        text =
            text + """
                    for name in _pixi_pack_names:
                        if name in _pixi_pack_was:
                            ${...}[name] = _pixi_pack_was[name]
                        elif name in ${...}:
                            del ${...}[name]
                    del aliases['deactivate']
                    del _pixi_pack_prefix
                aliases['deactivate'] = _pixi_pack_deactivate
                ${...}['PATH'] = [_pixi_pack_prefix + '/bin'] + _pixi_pack_was['PATH']
                ${...}['CONDA_SHLVL'] = '1'
                ${...}['CONDA_PREFIX'] = _pixi_pack_prefix

                """
        for variable in parts.variables {
            let value = ByteString.joined(variable.pieces.map(Self.quote), by: " + _pixi_pack_prefix + ")
            text = text + "${...}[" + Self.quote(variable.name) + "] = " + value + "\n"
        }
        if !parts.activation.isEmpty {
            // What the packages' scripts export is found by comparing the variables before and after they run.
            text = text + "_pixi_pack_before = dict(${...}.detype())\n"
            for script in parts.activation { text = text + Self.run(script) }
            text =
                text + """
                    _pixi_pack_after = dict(${...}.detype())
                    _pixi_pack_known = set(['PWD', 'OLDPWD', 'SHLVL', '_']) | set(_pixi_pack_names)
                    for _pixi_pack_name in (set(_pixi_pack_before) | set(_pixi_pack_after)) - _pixi_pack_known:
                        if _pixi_pack_before.get(_pixi_pack_name) != _pixi_pack_after.get(_pixi_pack_name):
                            _pixi_pack_names.append(_pixi_pack_name)
                            if _pixi_pack_name in _pixi_pack_before:
                                _pixi_pack_was[_pixi_pack_name] = _pixi_pack_before[_pixi_pack_name]
                    del _pixi_pack_before, _pixi_pack_after, _pixi_pack_known

                    """
        }
        self.text = text
    }

    private static func run(_ script: ByteString) -> ByteString {
        (script.hasSuffix(".sh") ? "source-bash" : "source") + " @(_pixi_pack_prefix + " + quote("/" + script) + ")\n"
    }

    /// A Python string.
    private static func quote(_ text: ByteString) -> ByteString {
        ScriptQuoting.python(text, quote: "'")
    }
}
