import Install
import Support

/// What is said of a plan.
extension Unpacker {
    /// The paths several packages have: how many, and in detail with `-v`.
    ///
    /// - Parameter replaced: those that wheels and entry points took from others.
    func report(_ conflicts: [InstallPlan.Conflict], _ replaced: [InstallPlan.Conflict]) {
        if !conflicts.isEmpty {
            let paths = conflicts.count == 1 ? "1 path is" : "\(conflicts.count) paths are"
            reporter.note("\(paths) in more than one package; the files that lost are in __clobbers__ (-v lists them).")
        }
        if !replaced.isEmpty {
            let paths = replaced.count == 1 ? "1 path is" : "\(replaced.count) paths are"
            reporter.note(
                "\(paths) in more than one wheel, entry point or package; what lost is not installed (-v lists them).")
        }
        for conflict in conflicts + replaced {
            reporter.info(
                "'\(conflict.path)' is that of \(conflict.winner), not of \(conflict.losers.listed()).")
        }
    }

    /// Says what has to be done on the machine where the environment will be used.
    func sayOtherMachine(_ plan: InstallPlan) {
        guard plan.prefix.isNamed, plan.platform == .osxArm64, plan.adaptsBinaries else { return }
        reporter.warn(
            "programs and libraries that contain the prefix lose their signature, without which macOS on arm64 does not "
                + "run them; sign them there: codesign --force --sign - FILE")
    }
}
