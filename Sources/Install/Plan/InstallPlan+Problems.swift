import CondaModel
import Support

extension InstallPlan {
    /// What to do about a package that is faulty in itself.
    static let packageRemedy: Message =
        "Take another build of the package, or give a mended one with --inject when packing."

    /// Any short path will do: whether a path is too long for a package shows only where it is unpacked.
    public static let nominalPrefix: ByteString = "/opt/env"

    /// Everything that prevents packages and wheels from being installed together, wherever that is tried. For making a
    /// pack; nothing is read or written.
    ///
    /// - Parameter wheels: already planned, for the same Python.
    /// - Returns: one `Failure` for each package, file or pair that does not work, in a fixed order.
    public static func problems(
        packages: [OutlinedPackage], wheels: [WheelPlan], python: PythonInfo?, platform: Platform
    ) -> [Failure] {
        var problems: [Failure] = []
        func noting(_ body: () throws -> Void) {
            do { try body() } catch { problems.append(error as? Failure ?? Failure("\(error)")) }
        }
        var wheels = wheels
        noting { try WheelPlan.settle(&wheels) }
        let hasTwins = Set(packages.lazy.map(\.record.name)).count < packages.count
        let isClear = PlanScreen.isClear(packages, wheels: wheels, python: python, platform: platform)
        if isClear, !hasTwins, problems.isEmpty { return [] }
        var sources: [PackageSource] = []
        for package in packages { noting { sources.append(try package.source) } }
        noting { try refuseTwins(sources) }
        var builder = PlanBuilder(
            sources: sources, metadata: sources.compactMap(\.kept), python: python, prefix: nominalPrefix,
            platform: platform, overriding: Set(wheels.flatMap(\.targets).map { PrefixPath($0) }))
        builder.collectsProblems = true
        noting { try builder.build() }
        return problems + builder.problems
    }
}
