import CondaModel
import Lockfile
import Support

/// The hashes by which pixi tells what an environment was made from, as pixi 0.77 computes them
/// (https://github.com/prefix-dev/pixi/blob/main/crates/pixi_core/src/environment/mod.rs,
/// crates/pixi_utils/src/environment_fingerprint.rs): XXH3 of what Rust hands to a hasher. A text is its bytes and 0xFF; a
/// list of bytes its length in eight bytes, then the bytes.
enum PixiHashes {
    /// `environment_lock_file_hash` of the file `conda-meta/pixi`.
    ///
    /// - Parameters:
    ///   - packages: those of the environment and platform in the lock file, in their order.
    ///   - virtualPackages: what the platform is declared with: `__glibc=2.28`.
    static func lock(_ packages: [LockedPackage], subdir: Platform, virtualPackages: [String]) -> String {
        var input: [UInt8] = []
        for package in packages {
            add(package.location.text.bytes, to: &input)
            guard case .conda(let conda) = package else { continue }
            if let sha256 = conda.record.sha256 {
                add(digest: sha256.bytes, to: &input)
            } else if let md5 = conda.record.md5 {
                add(digest: md5.bytes, to: &input)
            }
        }
        add(Array(subdir.rawValue.utf8), to: &input)
        for text in virtualPackages.map({ ByteString($0) }).sorted() { add(text.bytes, to: &input) }
        return String(XXH3.hash(input), radix: 16)
    }

    /// What is in `conda-meta/.pixi-environment-fingerprint`: always 16 digits.
    static func fingerprint(_ records: [PackageRecord]) -> String {
        var input: [UInt8] = []
        for record in records.sorted(by: { $0.name < $1.name }) {
            add(Array(record.name.text.utf8), to: &input)
            if let sha256 = record.sha256 { add(digest: sha256.bytes, to: &input) } else { input.append(0) }
        }
        let digits = String(XXH3.hash(input), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private static func add(_ text: [UInt8], to input: inout [UInt8]) { input += text + [0xFF] }

    private static func add(digest: [UInt8], to input: inout [UInt8]) {
        withUnsafeBytes(of: UInt64(digest.count).littleEndian) { input += $0 }
        input += digest
    }
}
