import Support

/// A file that is being written in the prefix. If it replaces another file, it appears with `finish`. If it is dropped
/// before that, it is removed.
struct PrefixFile: ~Copyable {
    private let descriptor: Int32
    private let directory: File?
    /// The name under which it is written.
    private let name: ByteString
    private let path: PrefixPath
    /// Whether nothing was at the path, so that it is written under its own name.
    private let isNew: Bool
    /// Where it goes if that is an image.
    private let image: ImageFile?
    /// Where it goes if `FilesInFlight` writes it.
    private let flight: FileInFlight?
    private var isOpen = true
    private var isFinished = false

    init(descriptor: Int32, directory: File?, name: ByteString, path: PrefixPath, isNew: Bool) {
        self.descriptor = descriptor
        self.directory = directory
        self.name = name
        self.path = path
        self.isNew = isNew
        (image, flight) = (nil, nil)
    }

    /// A file of an image.
    init(_ image: ImageFile, path: PrefixPath) {
        (descriptor, directory, name, isNew) = (-1, nil, path.name, true)
        self.path = path
        self.image = image
        flight = nil
    }

    /// A file that `FilesInFlight` writes when it is complete.
    init(_ flight: FileInFlight, path: PrefixPath) {
        (descriptor, directory, name, isNew) = (-1, nil, path.name, true)
        self.path = path
        self.flight = flight
        image = nil
    }

    /// A file whose content is dropped.
    static func discarding(_ path: PrefixPath) -> PrefixFile {
        PrefixFile(descriptor: -1, directory: nil, name: path.name, path: path, isNew: true)
    }

    deinit {
        guard let directory else { return }
        if isOpen { try? Sys.close(descriptor) }
        if !isFinished {
            do throws(SystemError) {
                try Sys.unlink(name, at: directory.descriptor)
            } catch {
                try? Sys.unlink(name, at: directory.descriptor)
            }
        }
    }

    /// Appends bytes.
    borrowing func write(_ bytes: UnsafeRawBufferPointer) throws {
        if let image { return try image.append(bytes) }
        if let flight { return try flight.append(bytes) }
        if directory == nil { return }
        try Interruption.check()
        do {
            try Sys.writeAll(descriptor, bytes)
        } catch {
            throw Failure("could not write '\(path)'", cause: error, remedy: .makeRoom)
        }
    }

    /// Sets the times, closes the file and gives it its name.
    ///
    /// - Parameter time: seconds since 1970 for modification and access; nil leaves the time of writing.
    consuming func finish(time: Int64? = nil) throws {
        if let image { return try image.finish(time: time) }
        if let flight { return try flight.finish(time: time) }
        guard let directory else { return }
        do throws(SystemError) {
            if let time { try Sys.setTimes(descriptor, access: time, modification: time) }
            isOpen = false
            try Sys.close(descriptor)
            if !isNew {
                try Sys.rename(
                    name, to: path.name, fromDirectory: directory.descriptor, toDirectory: directory.descriptor)
            }
        } catch {
            throw Failure("could not finish '\(path)'", cause: error)
        }
        isFinished = true
    }
}
