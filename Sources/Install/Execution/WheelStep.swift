/// Installs one wheel.
struct WheelStep: InstallStep {
    let plan: WheelPlan

    var name: String { plan.fileName }
    var size: Int64 { plan.size }

    func run(_ worker: InstallWorker) throws {
        try WheelInstaller.install(plan, session: worker.session, scratch: worker.scratch)
    }
}
