import Support

/// What stands around scripts of packages. They are written for shells that go on after a mistake; a shell with `set -e` or
/// `set -u` that sources one would end.
enum PosixOptions {
    static let suspended: ByteString = """
        case $- in *e*) _PIXI_PACK_OPTIONS=e ;; *) _PIXI_PACK_OPTIONS= ;; esac
        case $- in *u*) _PIXI_PACK_OPTIONS=u$_PIXI_PACK_OPTIONS ;; esac
        set +eu

        """

    static let resumed: ByteString = """
        [ -z "$_PIXI_PACK_OPTIONS" ] || set "-$_PIXI_PACK_OPTIONS"
        unset _PIXI_PACK_OPTIONS

        """
}
