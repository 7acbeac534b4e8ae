import CondaModel
import Support
import Testing

@testable import Lockfile

/// Small lock files for tests, and short ways to what is in them.
enum Sample {
    static func read(_ text: String) throws -> LockFile { try LockFile(Array(text.utf8)) }

    /// The packages of the environment `default` of a lock file.
    static func packages(_ text: String, platform: String = "linux-64") throws -> [LockedPackage] {
        try read(text).packages(environment: "default", platform: platform)
    }

    /// The only conda package of a lock file.
    static func conda(_ text: String, platform: String = "linux-64") throws -> LockedConda {
        let packages = try packages(text, platform: platform)
        guard packages.count == 1, case .conda(let package)? = packages.first else {
            throw Failure("not one conda package: \(packages)")
        }
        return package
    }

    /// The only Python package of a lock file.
    static func pypi(_ text: String) throws -> LockedPyPI {
        let packages = try packages(text)
        guard packages.count == 1, case .pypi(let package)? = packages.first else {
            throw Failure("not one Python package: \(packages)")
        }
        return package
    }

    /// Version 1 with one package; `fields` are the lines of the entry, without their indentation.
    static func version1(_ fields: String, platform: String = "linux-64", manager: String = "conda") -> String {
        """
        version: 1
        metadata:
          channels: []
          platforms: [\(platform)]
        package:
        - platform: \(platform)
          manager: \(manager)
        \(indented(fields))
        """
    }

    static let hash1 = "hash: {md5: abcdef00112233445566778899aabbcc}"

    /// Version 5 with entries, all of which the environment refers to by `references`.
    static func version5(_ references: [String], _ entries: String) -> String {
        """
        version: 5
        environments:
          default:
            channels: []
            packages:
              linux-64:
        \(references.map { "      - \($0)" }.joined(separator: "\n"))
        packages:
        \(entries)
        """
    }

    /// Version 6 with one package; `fields` are further lines of the entry.
    static func version6(_ reference: String, _ fields: String = "", entry: String? = nil) -> String {
        """
        version: 6
        environments:
          default:
            channels:
            - url: https://h/c/
            packages:
              linux-64:
              - \(reference)
        packages:
        - \(entry ?? reference)
        \(indented(fields))
        """
    }

    /// Version 7 with one package for linux-64.
    static func version7(_ reference: String, _ fields: String = "", entry: String? = nil) -> String {
        version6(reference, fields, entry: entry).replacing(
            "version: 6\n", with: "version: 7\nplatforms:\n- name: linux-64\n")
    }

    private static func indented(_ lines: String) -> String {
        lines.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    }

    static let url = "https://h/c/linux-64/foo-1.0-h1_3.conda"
}

extension String {
    /// This text with every occurrence of `part` replaced.
    func replacing(_ part: String, with other: String) -> String {
        var result: [UInt8] = []
        var rest = Array(utf8)[...]
        let (part, other) = (Array(part.utf8), Array(other.utf8))
        while let first = rest.first {
            if rest.starts(with: part) {
                result += other
                rest = rest.dropFirst(part.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
