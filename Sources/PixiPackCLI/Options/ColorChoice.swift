import ArgumentParser

/// The values of `--color`.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    /// On a terminal, unless `NO_COLOR` is set (no-color.org) or the terminal is `dumb`.
    case auto
    case always
    case never
}
