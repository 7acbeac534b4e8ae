/// Memory that a C library gave back, kept for its next request of the same size.
final class MemoryCache {
    private var free: [Int: [UnsafeMutableRawPointer]] = [:]
    private var sizes: [UnsafeMutableRawPointer: Int] = [:]

    func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        if let memory = free[size]?.popLast() { return memory }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        sizes[memory] = size
        return memory
    }

    func release(_ memory: UnsafeMutableRawPointer) {
        if let size = sizes[memory] { free[size, default: []].append(memory) }
    }

    deinit { for memory in sizes.keys { memory.deallocate() } }
}
