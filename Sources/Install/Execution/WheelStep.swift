import Support

/// Installs one wheel.
struct WheelStep: InstallStep {
    let plan: WheelPlan
    /// Whether a file that differs from RECORD is an error.
    let isStrict: Bool
    /// The folders of unpacked packages that were moved as a whole already.
    let placed: StagedFolders
    let reporter: any Reporter

    var name: String { plan.fileName }
    var size: Int64 { plan.packedSize }
    /// Wheels unpack at the speed of their files.
    var cost: Int64 { plan.size }

    func run(_ worker: InstallWorker) throws {
        try WheelInstaller.install(
            plan, session: worker.session, scratch: worker.scratch, isStrict: isStrict, placed: placed,
            reporter: reporter)
    }
}
