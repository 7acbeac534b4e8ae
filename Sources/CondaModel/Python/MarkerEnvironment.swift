/// The values that the environment markers of PEP 508 have for CPython on a conda platform.
public struct MarkerEnvironment: Sendable {
    private let values: [String: String]

    /// - Parameter python: the full version, for example `3.12.4`.
    public init(python: PEP440Version, platform: Platform) {
        let machine: String
        let system: (os: String, sys: String, name: String)
        if platform.isWindows {
            system = ("nt", "win32", "Windows")
            machine = platform == .win32 ? "x86" : platform == .winArm64 ? "ARM64" : "AMD64"
        } else if platform.isMacOS {
            system = ("posix", "darwin", "Darwin")
            machine = platform == .osxArm64 ? "arm64" : "x86_64"
        } else {
            system = ("posix", "linux", "Linux")
            machine = WheelTags.linuxMachine(platform)
        }
        values = [
            "os_name": system.os, "sys_platform": system.sys, "platform_system": system.name,
            "platform_machine": machine, "platform_python_implementation": "CPython",
            "implementation_name": "cpython", "implementation_version": python.text,
            "python_full_version": python.text,
            "python_version": "\(python.release[0]).\(python.releaseNumber(1))",
            // The system the environment will run on is not known.
            "platform_release": "", "platform_version": "",
        ]
    }

    /// The value of a marker variable, also by its old dotted name; nil if there is no such variable.
    subscript(name: String) -> String? {
        switch name {
        case "os.name": values["os_name"]
        case "sys.platform": values["sys_platform"]
        case "platform.version": values["platform_version"]
        case "platform.machine": values["platform_machine"]
        case "platform.python_implementation", "python_implementation": values["platform_python_implementation"]
        default: values[name]
        }
    }
}
