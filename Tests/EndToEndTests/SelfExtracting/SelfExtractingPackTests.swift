import Testing

/// Self-extracting packs made by the static executable, the way their users run them: in all shells, from odd places, with
/// signals, in empty and in foreign roots. A debug build is not static, and what it makes runs nowhere else.
@Suite(
    "self-extracting packs",
    .enabled(if: PackYard.isStatic && Executable.isLinux64, "PIXI_PACK_BIN names no static executable: make release"))
enum SelfExtractingPackTests {}
