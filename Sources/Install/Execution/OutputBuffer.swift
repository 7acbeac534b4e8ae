/// Memory that collects small writes to one file.
final class OutputBuffer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
    deinit { memory.deallocate() }
}
