import CondaModel

/// Whether scripts and modules are for another Python than before.
struct PythonChange {
    private let isAnother: Bool

    init(from installed: InstalledEnvironment?, to new: PythonInfo?) {
        guard let installed else {
            isAnother = false
            return
        }
        let old = installed.state?.interpreter ?? installed.python?.executable
        isAnother = old != nil && old != new?.executable
    }

    /// Whether a package has to be installed again because of that (docs/spec/install.md#existing-prefix).
    func concerns(_ noarch: NoArch) -> Bool { isAnother && noarch == .python }
}
