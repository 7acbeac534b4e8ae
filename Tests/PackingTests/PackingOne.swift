import Packing
import Support

extension PackRequest {
    /// Packs one environment for one platform.
    @discardableResult
    func pack(
        environment: String = "default", platform: String = "linux-64", reporter: any Reporter = SilentReporter()
    ) throws -> PackResult {
        let targets = PackTargets([PackTarget(environment: environment, platform: platform)])
        let results = try PackBuild(targets, request: self, reporter: reporter).run()
        guard let result = results.first, results.count == 1 else { throw Failure("\(results.count) packs") }
        return result
    }
}
