import Support

/// Replaces the placeholder in strings of two or four bytes a character (UTF-16 and UTF-32 in either byte order) of a
/// binary file that comes in blocks, as newer versions of rattler do. Such a string ends at a character of zeros, and is
/// filled up with zeros there. Bytes without such an end are no string, and stay.
struct WideStringPatcher {
    typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let forms: [PathForm]
    private let longest: Int
    private var pending: [UInt8] = []
    /// How many bytes came before the pending ones.
    private var offset = 0

    /// Longer than any path with what comes behind it.
    private static let longestString = 64 << 10

    init(placeholder: ByteString, prefix: ByteString) {
        forms = placeholder.isEmpty ? [] : PathForm.wide(placeholder: placeholder, prefix: prefix)
        longest = forms.map(\.placeholder.count).max() ?? 0
    }

    /// Adds the next block.
    mutating func update(_ block: UnsafeRawBufferPointer, _ sink: Sink) throws {
        if forms.isEmpty { return try sink(block) }
        if pending.isEmpty {
            let rest = try advance(block, isLast: false, sink)
            offset += rest
            pending.append(contentsOf: block[rest...])
            return
        }
        pending.append(contentsOf: block)
        try drain(isLast: false, sink)
    }

    /// Ends the file.
    mutating func finish(_ sink: Sink) throws { try drain(isLast: true, sink) }

    private mutating func drain(isLast: Bool, _ sink: Sink) throws {
        let bytes = pending
        pending = []
        try bytes.withUnsafeBytes { block in
            let rest = try advance(block, isLast: isLast, sink)
            offset += rest
            pending.append(contentsOf: block[rest...])
        }
    }

    /// Passes on what is decided; returns the position of the first byte that is not.
    private func advance(_ bytes: UnsafeRawBufferPointer, isLast: Bool, _ sink: Sink) throws -> Int {
        var position = 0
        var places = forms.map { Self.find($0, in: bytes, from: 0) }
        while let (place, form) = first(places) {
            var end = place + form.placeholder.count
            while end + form.width <= bytes.count, bytes[end..<(end + form.width)].contains(where: { $0 != 0 }) {
                end += form.width
            }
            let isEnded = end + form.width <= bytes.count
            if !isEnded && !isLast && bytes.count - place < Self.longestString {
                try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<place]))
                return place
            }
            var next = place + 1
            if isEnded && end - place <= Self.longestString {
                try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<place]))
                let string = Array(bytes[place..<end])
                var replaced = ByteSearch.replacing(form.placeholder, with: form.prefix, in: string)
                replaced += [UInt8](repeating: 0, count: string.count - replaced.count)
                try replaced.withUnsafeBytes(sink)
                (position, next) = (end, end)
            }
            for (index, form) in forms.enumerated() {
                if let found = places[index], found < next {
                    places[index] = Self.find(form, in: bytes, from: next)
                }
            }
        }
        let end = isLast ? bytes.count : max(position, bytes.count - (longest - 1))
        try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
        return end
    }

    private static func find(_ form: PathForm, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        form.placeholder.withUnsafeBytes { ByteSearch.find($0, in: bytes, from: start) }
    }

    /// The first of the places. Beside a zero byte a text can be read in the other byte order as well, one byte earlier or
    /// later. Of two such places that one counts which is at a multiple of the characters' width in the file.
    private func first(_ places: [Int?]) -> (place: Int, form: PathForm)? {
        let found = zip(places, forms).compactMap { place, form in place.map { (place: $0, form: form) } }
        guard let first = found.min(by: { $0.place < $1.place }) else { return nil }
        let close = found.filter { $0.place - first.place < $0.form.width && $0.form.width == first.form.width }
        return close.first { (offset + $0.place).isMultiple(of: $0.form.width) } ?? first
    }
}
