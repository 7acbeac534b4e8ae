import Support

/// The Python of servers that need more than its own library has.
public enum ServerPython {
    /// That of `.ci/tools/python` if it is there.
    public static let path: String = {
        let own = ServerProcess.scripts + "/../../.build-python/bin/python3"
        return (try? Sys.exists(ByteString(own))) == true ? own : "python3"
    }()

    /// Whether it can import modules, for example `moto.server, boto3`.
    public static func has(_ modules: String) -> Bool {
        let python = ExternalProgram.find(ByteString(path))
        return (try? python?.run(["-c", ByteString("import " + modules)]).isSuccess) ?? false
    }
}
