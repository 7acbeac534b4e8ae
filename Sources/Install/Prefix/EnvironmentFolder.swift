import Support

/// Tells environments from other folders.
enum EnvironmentFolder {
    /// Whether `conda-meta` in an open directory has what this program or conda leaves there: the history, or a record
    /// (`NAME-VERSION-BUILD.json`), even a damaged one.
    static func isEnvironment(_ directory: Int32) throws(SystemError) -> Bool {
        let records: File
        do throws(SystemError) {
            records = try Sys.openDirectory("conda-meta", at: directory, followLinks: false)
        } catch {
            // A link is not a folder of ours either.
            if error.isAbsence { return false }
            throw error
        }
        return try Sys.list(records.descriptor, describedAs: "conda-meta").contains { name in
            name == "history" || name.hasSuffix(".json") && name.bytes.count { $0 == UInt8(ascii: "-") } >= 2
        }
    }
}
