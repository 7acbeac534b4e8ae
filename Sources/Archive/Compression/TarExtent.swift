import Support

/// Follows the headers of a tar while its bytes pass, to know where it ends. So a tar that claims more bytes than there
/// is room for is refused before they arrive, and reading stops at its end.
struct TarExtent {
    /// The least length of the tar in bytes, by the headers read so far.
    private(set) var reach: Int64 = 0
    /// Whether the two blocks of zeros at the end have passed.
    private(set) var hasEnded = false

    /// False as soon as the bytes are not a tar that can be followed; its reader reports what is wrong with it.
    private(set) var isKnown = true

    /// Where the bytes begin that pass next.
    private var position: Int64 = 0
    /// The block of a header, or the contents of a pax header, as far as they passed.
    private var pending: [UInt8] = []
    /// Where `pending` begins, and how much is needed of it.
    private var start: Int64 = 0
    private var needed = TarHeader.blockSize
    private var isPax = false
    private var paxSize: Int64?
    private var zeros = 0

    /// Longer headers do not occur in practice.
    private static let mostPax: Int64 = 1 << 20

    mutating func follow(_ bytes: UnsafeRawBufferPointer) {
        defer { position += Int64(bytes.count) }
        while isKnown, !hasEnded {
            // The next header may lie far behind these bytes.
            let offset = start + Int64(pending.count) - position
            guard offset < Int64(bytes.count) else { return }
            let part = bytes[Int(offset)...].prefix(needed - pending.count)
            pending.append(contentsOf: part)
            if pending.count < needed { return }
            isPax ? takePax() : takeHeader()
        }
    }

    private mutating func takeHeader() {
        let header: TarHeader?
        do { header = try TarHeader(pending[...], at: start) } catch { return isKnown = false }
        guard let header else {
            zeros += 1
            hasEnded = zeros == 2
            return next(at: start + Int64(TarHeader.blockSize))
        }
        zeros = 0
        let content = start + Int64(TarHeader.blockSize)
        switch header.type {
        case UInt8(ascii: "x"):
            guard header.size <= Self.mostPax else { return isKnown = false }
            if header.size == 0 { return next(at: content) }
            (isPax, start, needed, pending) = (true, content, Int(header.size), [])
            reach = content + header.size
        // Names and remarks; the size of the entry they belong to is behind them.
        case UInt8(ascii: "L"), UInt8(ascii: "K"), UInt8(ascii: "g"): skip(header.size, from: content)
        // Folders, links and devices have no content, whatever they claim.
        case UInt8(ascii: "1")...UInt8(ascii: "6"):
            paxSize = nil
            next(at: content)
        default:
            skip(paxSize ?? header.size, from: content)
            paxSize = nil
        }
    }

    private mutating func takePax() {
        guard let records = PaxRecords(pending) else { return isKnown = false }
        paxSize = records.size
        isPax = false
        skip(Int64(needed), from: start)
    }

    private mutating func skip(_ size: Int64, from content: Int64) {
        let block = Int64(TarHeader.blockSize)
        let (rounded, overflow) = (content + block - 1).addingReportingOverflow(size)
        if overflow { return isKnown = false }
        next(at: rounded / block * block)
    }

    private mutating func next(at offset: Int64) {
        (start, needed, pending) = (offset, TarHeader.blockSize, [])
        reach = offset
    }
}
