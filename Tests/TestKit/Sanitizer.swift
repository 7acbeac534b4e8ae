import LibC

/// Whether the tests and the program are built with a sanitizer (`make sanitize`). It maps terabytes of addresses and
/// keeps several bytes for each one of the program's: what limits or measures memory says nothing of the release then.
public enum Sanitizer {
    /// Set by `.ci/check/sanitize`: no compiler condition tells.
    public static let isActive = getenv("PIXI_PACK_SANITIZER") != nil
}
