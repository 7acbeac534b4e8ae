import LibC

/// A program of the system that is given its standard input piece by piece. Use by one thread at a time.
public final class FedProgram {
    private let path: ByteString
    private var process: pid_t?
    private var input: Int32?
    /// What it says, in an unnamed file: nobody reads a pipe meanwhile.
    private let output: File

    /// Starts it.
    ///
    /// - Parameters:
    ///   - without: variables of ours that it does not get.
    /// - Throws: `Failure` naming the program if it cannot be started.
    public init(_ program: ExternalProgram, _ arguments: [ByteString], without: [String] = []) throws {
        path = program.path
        output = try UnlinkedFile.make(in: ProcessEnvironment.current.temporaryFolder, describedAs: program.path)
        let (output, path) = (output, path)
        (process, input) = try describing(
            "could not run '\(program.path)'", remedy: "Look whether the program may be run, and is for this platform."
        ) {
            let pipe = try Sys.pipe()
            // As much as anybody may have on Linux: fewer turns of both programs.
            Sys.widen(pipe: pipe.writing, to: 1 << 20)
            // The child has its own.
            defer { try? Sys.close(pipe.reading) }
            do {
                let process = try Sys.spawn(
                    path, arguments: [path] + arguments, directory: nil,
                    environment: ExternalProgram.variables(changedBy: without.map { ($0, nil) }),
                    inputDescriptor: pipe.reading, outputDescriptor: output.descriptor)
                return (process, pipe.writing)
            } catch {
                try? Sys.close(pipe.writing)
                throw error
            }
        }
    }

    deinit { stop() }

    /// Gives it bytes.
    ///
    /// - Throws: `Failure` with what it said, if it has ended already.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard let input else { return }
        do throws(SystemError) {
            try Sys.writeAll(input, bytes)
        } catch {
            if error.code != EPIPE { throw Failure("could not write to '\(path)'", cause: error) }
            try finish()
            throw Failure("'\(path)' ended before it had read everything")
        }
    }

    /// Ends its input and waits for its end.
    ///
    /// - Throws: `Failure` with what it said, if it failed.
    public func finish() throws {
        closeInput()
        guard let process else { return }
        self.process = nil
        let status = try ExternalProgram.wait(process)
        if status == 0 { return }
        let signal = status & 0x7F
        let ending: Message = signal == 0 ? "exit code \((status >> 8) & 0xFF)" : "signal \(signal)"
        let said = (try? output.slice().readAll(limit: 1 << 20)) ?? []
        throw Failure(
            "'\(path)' ended with \(ending):\(lines: ByteString(said).lossyString)",
            remedy: "Make room where the image goes, or look what the program says.")
    }

    private func closeInput() {
        if let input { try? Sys.close(input) }
        input = nil
    }

    private func stop() {
        closeInput()
        if let process { Sys.end(process) }
        process = nil
    }
}
