import Support

/// Puts the placeholder back into a binary file that comes in blocks and was adapted to a path: the reverse of
/// `BinaryPatcher` and `WideStringPatcher`. A string that contains the path is followed by the zeros that it was filled up
/// with; without them the string was not made from a placeholder, and stays. Only the hash of the result proves that it is
/// the file of the package.
struct BinaryReverter {
    typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let forms: [PathForm]
    private let longest: Int
    private var pending: [UInt8] = []

    /// Longer than any path with what comes behind it, and its zeros.
    private static let longestString = 256 << 10

    /// - Parameter prefix: the path the file was adapted to; not longer than the placeholder.
    init(placeholder: ByteString, prefix: ByteString) {
        let narrow = PathForm(width: 1, placeholder: placeholder.bytes, prefix: prefix.bytes)
        let forms = [narrow] + PathForm.wide(placeholder: placeholder, prefix: prefix)
        self.forms = forms.filter { !$0.prefix.isEmpty && $0.prefix.count <= $0.placeholder.count }
        longest = self.forms.map(\.prefix.count).max() ?? 1
    }

    /// Adds the next block.
    mutating func update(_ block: UnsafeRawBufferPointer, _ sink: Sink) throws {
        pending.append(contentsOf: block)
        try drain(isLast: false, sink)
    }

    /// Ends the file.
    mutating func finish(_ sink: Sink) throws { try drain(isLast: true, sink) }

    private mutating func drain(isLast: Bool, _ sink: Sink) throws {
        let rest = try pending.withUnsafeBytes { try advance($0, isLast: isLast, sink) }
        pending.removeFirst(rest)
    }

    /// Passes on what is decided; returns the position of the first byte that is not.
    private func advance(_ bytes: UnsafeRawBufferPointer, isLast: Bool, _ sink: Sink) throws -> Int {
        var position = 0
        var places = forms.map { Self.find($0, in: bytes, from: 0) }
        while let (place, form) = zip(places, forms).compactMap({ place, form in place.map { ($0, form) } })
            .min(by: { $0.0 < $1.0 })
        {
            let string = Self.string(of: form, in: bytes, from: place)
            if string == nil, !isLast, bytes.count - place < Self.longestString {
                try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<place]))
                return place
            }
            var next = place + 1
            if let string, string.isFilled {
                try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<place]))
                let text = Array(bytes[place..<string.end])
                try ByteSearch.replacing(form.prefix, with: form.placeholder, in: text).withUnsafeBytes(sink)
                (position, next) = (string.filled, string.filled)
            }
            for (index, form) in forms.enumerated() {
                if let found = places[index], found < next { places[index] = Self.find(form, in: bytes, from: next) }
            }
        }
        let end = isLast ? bytes.count : max(position, bytes.count - (longest - 1))
        try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
        return end
    }

    /// Where the string at `start` ends, where its zeros end, and whether they are all there; nil if the bytes at hand do
    /// not reach that far.
    private static func string(
        of form: PathForm, in bytes: UnsafeRawBufferPointer, from start: Int
    ) -> (end: Int, filled: Int, isFilled: Bool)? {
        var end = start + form.prefix.count
        if form.width == 1 {
            guard let zero = ByteSearch.find(0, in: bytes, from: end) ?? (form.isFull ? bytes.count : nil) else {
                return nil
            }
            end = zero
        } else {
            while end + form.width <= bytes.count, bytes[end..<(end + form.width)].contains(where: { $0 != 0 }) {
                end += form.width
            }
            if end + form.width > bytes.count { return nil }
        }
        var count = 0
        var position = start
        while let found = find(form, in: UnsafeRawBufferPointer(rebasing: bytes[..<end]), from: position) {
            count += 1
            position = found + form.prefix.count
        }
        let filled = end + count * (form.placeholder.count - form.prefix.count)
        if filled > bytes.count { return nil }
        return (end, filled, bytes[end..<filled].allSatisfy { $0 == 0 })
    }

    private static func find(_ form: PathForm, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        form.prefix.withUnsafeBytes { ByteSearch.find($0, in: bytes, from: start) }
    }
}

extension PathForm {
    /// Whether the path takes all the room of the placeholder, so that no zeros have to follow.
    fileprivate var isFull: Bool { prefix.count == placeholder.count }
}
