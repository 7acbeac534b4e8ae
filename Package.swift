// swift-tools-version: 6.2
import PackageDescription

/// `STATIC=1` builds the fully static release executable (see `Makefile`, target `release`); everything else is a
/// dynamic build for development and tests. `DEPS` names the folder of the static libraries we build ourselves, `RUNTIME`
/// that of the standard library from which the linker takes what is used (`.ci/build/runtime.py`).
let isStatic = Context.environment["STATIC"] == "1"
let staticLibraries = Context.environment["DEPS"] ?? ".build-deps"
let runtime = Context.environment["RUNTIME"].map { ["\($0)/libswiftCore.a"] } ?? []
/// `FUZZ=1` adds the executable of `make fuzz` and builds everything for libFuzzer and AddressSanitizer.
let isFuzzing = Context.environment["FUZZ"] == "1"

let swiftSettings: [SwiftSetting] =
    [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
    + (isFuzzing
        ? [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library", "-O", "-enable-testing", "-g"])] : [])
    + (isStatic ? [.unsafeFlags(["-Osize", "-Xfrontend", "-function-sections"])] : [])
/// The standard library's regular expressions would be 1.3 MB of the executable; `TextSearch.swift` has what is used of that module.
let productSettings =
    swiftSettings + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]
/// `MAP` names a file for the linker's map, which tells what the executable consists of (`.ci/check/size`).
let mapFile = Context.environment["MAP"].map { ["-Xlinker", "-Map=\($0)"] } ?? []
/// The debug build can make each system call fail (`FaultInjection`).
let faultInjection = SwiftSetting.define("FAULT_INJECTION", .when(configuration: .debug))
let cSettings: [CSetting] = isStatic ? [.define("BOOT_STATIC")] : []
/// `COMPONENTS` names the list of what the release consists of, which `.ci/build/release` makes.
let components: [CSetting] =
    Context.environment["COMPONENTS"].map { [.define("COMPONENTS", to: "\"\($0)\"")] } ?? []
let staticLinking: [LinkerSetting] =
    [
        .unsafeFlags(
            [
                "-static-executable", "-use-ld=lld", "-L\(staticLibraries)/lib",
                "-Xlinker", "--gc-sections", "-Xlinker", "--icf=all", "-Xlinker", "-s", "-Xlinker", "-O2",
                // Nothing here throws as C++ does, and nothing unwinds.
                "-Xlinker", "-T\(Context.packageDirectory)/.ci/build/discard.ld", "-Xlinker", "--no-eh-frame-hdr",
                "-Xlinker", "--defsym=__register_frame_info=0",
                "-Xlinker", "--defsym=__deregister_frame_info=0",
                // The names of all characters of Unicode are half a megabyte, and nobody asks for one.
                "-Xlinker", "--defsym=_swift_stdlib_getScalarName=boot_no_character_name",
            ] + mapFile + runtime)
    ] + ["nghttp2", "ssl", "crypto", "z", "lzma", "nettle"].map { .linkedLibrary($0) }

/// A Swift module of the product; the order of the list below is the floor plan of `docs/architecture.md`.
func module(_ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: productSettings + settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name), "LibC", "TestKit"] + dependencies,
        swiftSettings: swiftSettings)
}

/// `VENDOR` names a folder with a copy of it: the archive of the sources has one (docs/packaging/vendor.md), and is built without a network.
let argumentParser: Package.Dependency =
    Context.environment["VENDOR"].map { .package(path: "\($0)/swift-argument-parser") }
    ?? .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")

let package = Package(
    name: "pixi-pack",
    products: [.executable(name: "pixi-pack", targets: ["pixi-pack"])],
    dependencies: [
        // Exactly this version: `_dumpHelp()` (manual pages and completion are made of it) and `_superCommandName` are internals
        // that any other version may change. Check both before raising it.
        argumentParser
    ],
    targets: [
        // C libraries
        .systemLibrary(name: "CLibArchive"),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CLibZstd"),
        .systemLibrary(name: "CLibBz2"),
        .systemLibrary(name: "CLibCrypto"),
        .systemLibrary(name: "CLibSSL"),
        .systemLibrary(name: "CLibYaml"),
        .systemLibrary(name: "CLibDeflate"),
        .systemLibrary(name: "CLibZ"),
        .systemLibrary(name: "CLibLzma"),
        .target(
            name: "CTomlPlusPlus",
            cxxSettings: [
                .unsafeFlags(["-std=c++17"] + (isStatic ? ["-Os", "-ffunction-sections", "-fdata-sections"] : []))
            ]),
        .target(name: "CSystem"),
        .target(name: "CBzip2", exclude: ["README.md"]),
        .target(name: "CSHA256", exclude: ["README.md", "sha256_lanes.inc"]),
        .target(name: "CBoot", cSettings: cSettings),
        .target(name: "CComponents", cSettings: components),
        // Floor 0
        module("LibC", []),
        module("Support", ["LibC", "CSystem", "CSHA256", "CLibCrypto"], [faultInjection]),
        module("CondaModel", ["LibC", "Support"]),
        // Floor 1
        module(
            "Archive",
            [
                "LibC", "Support", "CondaModel", "CSystem", "CBzip2", "CLibArchive", "CLibZstd", "CLibBz2",
                "CLibDeflate",
                "CLibZ",
                "CLibLzma",
            ]),
        module("Lockfile", ["LibC", "Support", "CondaModel", "CLibYaml"]),
        module("Inventory", ["Support", "CondaModel"]),
        module("Signing", ["Support", "CLibCrypto"]),
        module("OCI", ["LibC", "Support", "CondaModel"]),
        // Floor 2
        module(
            "Fetch",
            ["LibC", "Support", "CondaModel", "OCI", "CLibCurl", "CLibCrypto", "CLibSSL", "CTomlPlusPlus"],
            [faultInjection]),
        module("Install", ["LibC", "Support", "CondaModel", "Archive"]),
        module("SelfExtract", ["Support", "CondaModel", "CLibDeflate"]),
        module("Image", ["LibC", "Support", "CondaModel", "Archive", "OCI", "CLibZstd"]),
        module(
            "Components",
            [
                "Support", "Inventory", "CComponents", "CLibArchive", "CLibBz2", "CLibCrypto", "CLibCurl",
                "CLibDeflate", "CLibYaml", "CLibZ", "CLibZstd",
            ]),
        // Floor 3
        module(
            "Packing",
            [
                "LibC", "Support", "CondaModel", "Archive", "Lockfile", "Inventory", "Signing", "OCI", "Fetch",
                "Install", "SelfExtract", "Image",
            ]),
        // Floor 4
        module(
            "PixiPackCLI",
            [
                "LibC", "Support", "CondaModel", "Archive", "Inventory", "Signing", "OCI", "Fetch", "Install",
                "SelfExtract", "Image", "Components", "Packing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Floor 5
        .executableTarget(
            name: "pixi-pack", dependencies: ["PixiPackCLI", "CBoot"],
            swiftSettings: productSettings, linkerSettings: isStatic ? staticLinking : []),
        // Tests
        .target(
            name: "TestKit", dependencies: ["LibC", "Support", "CSystem", "CLibZstd", "CLibBz2", "CLibDeflate"],
            path: "Tests/TestKit",
            // Fuzz targets are no tests.
            exclude: isFuzzing ? ["NeededProgram.swift"] : [],
            swiftSettings: swiftSettings),
        tests("Support", []),
        tests("CondaModel", ["Support"]),
        tests("Archive", ["Support", "CondaModel", "CLibDeflate"]),
        tests("Lockfile", ["Support", "CondaModel"]),
        tests("Inventory", ["Support", "CondaModel"]),
        tests("Signing", ["Support"]),
        tests("OCI", ["Support"]),
        tests("Fetch", ["Support", "CondaModel", "OCI", "CLibCurl"]),
        tests("Install", ["Support", "CondaModel", "Archive"]),
        tests("SelfExtract", ["Support", "CondaModel"]),
        tests("Image", ["Support", "Archive"]),
        tests("Components", ["Support", "Inventory"]),
        tests(
            "Packing",
            [
                "Support", "CondaModel", "Archive", "Lockfile", "Inventory", "OCI", "Fetch", "Install", "SelfExtract",
                "Image",
            ]),
        tests(
            "PixiPackCLI",
            [
                "Support", "CondaModel", "SelfExtract", "Packing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["LibC", "Support", "CondaModel", "TestKit"],
            swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
)

if isFuzzing {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "LibC", "Support", "CondaModel", "Archive", "Lockfile", "Signing", "Inventory", "Fetch", "Install",
                "SelfExtract", "OCI", "Image", "Packing", "CLibDeflate", "TestKit",
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: swiftSettings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]))
    package.products.append(.executable(name: "fuzz", targets: ["Fuzz"]))
}

// `ONLY=Install,Archive swift test` builds and runs the tests of those modules alone: a quick loop while working on one.
if let only = Context.environment["ONLY"]?.split(separator: ",").map({ $0 + "Tests" }) {
    var needed = Set(only.map(String.init))
    var open = Array(needed)
    while let name = open.popLast() {
        for dependency in package.targets.first(where: { $0.name == name })?.dependencies ?? [] {
            if case .byNameItem(let next, _) = dependency, needed.insert(next).inserted { open.append(next) }
        }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products.removeAll()
}
