import CComponents
import CLibArchive
import CLibBz2
import CLibCrypto
import CLibCurl
import CLibDeflate
import CLibYaml
import CLibZ
import CLibZstd
import Inventory

/// The libraries this process runs with, by what they report themselves.
enum LinkedLibraries {
    /// Sorted by name; without licences, which libraries do not report.
    static func ask() -> [SoftwareComponent] {
        let curl = curl_version_info(CURLVERSION_SEVENTH)?.pointee
        let versions: [(name: String, version: String?)] = [
            ("bzip2", text(BZ2_bzlibVersion())),
            ("curl", text(curl?.version)),
            ("glibc", text(pixi_libc_version())),
            ("libarchive", text(archive_version_string())),
            ("libdeflate", LIBDEFLATE_VERSION_STRING),
            ("libyaml", text(yaml_get_version_string())),
            ("libzstd", text(ZSTD_versionString())),
            ("nghttp2", text(curl?.nghttp2_version)),
            ("openssl", text(OpenSSL_version(OPENSSL_VERSION_STRING))),
            ("zlib", text(zlibVersion())),
        ]
        return versions.compactMap { name, version in
            version.map { SoftwareComponent(name: name, version: LinkedLibraries.number($0)) }
        }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }

    /// The first word that begins with a digit: `3.6.2` in `libarchive 3.6.2`, `1.0.8` in `1.0.8, 13-Jul-2019`.
    private static func number(_ text: String) -> String {
        let words = text.split { $0 == " " || $0 == "," }
        return String(words.first { $0.first?.isNumber == true } ?? Substring(text))
    }
}
