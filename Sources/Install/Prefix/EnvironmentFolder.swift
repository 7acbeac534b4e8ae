import Support

/// What tells an environment from any other folder.
enum EnvironmentFolder {
    /// Whether `conda-meta` in an open directory has what we or conda leave there: the history, or a record
    /// (`NAME-VERSION-BUILD.json`), damaged or not.
    static func isEnvironment(_ directory: Int32) throws(SystemError) -> Bool {
        let records: File
        do throws(SystemError) {
            records = try Sys.openDirectory("conda-meta", at: directory, followLinks: false)
        } catch {
            // A link is none of ours either.
            if error.isAbsence { return false }
            throw error
        }
        return try Sys.list(records.descriptor, describedAs: "conda-meta").contains { name in
            name == "history" || name.hasSuffix(".json") && name.bytes.count { $0 == UInt8(ascii: "-") } >= 2
        }
    }
}
