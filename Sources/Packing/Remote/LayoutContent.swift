import Archive
import OCI
import Support

/// Keeps a blob of a layout, compared with its hash when it is first read.
final class LayoutContent: PackContentSource {
    private let layout: OCILayout
    private let blobs: [OCIDescriptor]
    private let verified = Locked<[Int: FileSlice]>([:])

    init(_ layout: OCILayout, _ blobs: [OCIDescriptor]) {
        self.layout = layout
        self.blobs = blobs
    }

    let isRemote = false

    func bring(_ numbers: [Int]) throws {}

    func open(_ number: Int) throws -> FileSlice {
        if let slice = verified.withLock({ $0[number] }) { return slice }
        let slice = try layout.verifiedBlob(blobs[number])
        verified.withLock { $0[number] = slice }
        return slice
    }
}
