import Support

/// A placeholder and the path that takes its place, as both stand in a binary file in one encoding.
struct PathForm {
    /// Bytes a character.
    let width: Int
    let placeholder: [UInt8]
    let prefix: [UInt8]

    /// The forms in two and four bytes a character: UTF-16 and UTF-32, in either byte order. A form in which the path is
    /// longer than the placeholder is left out. There are none if either of the two is not valid UTF-8.
    static func wide(placeholder: ByteString, prefix: ByteString) -> [PathForm] {
        guard let old = placeholder.string, let new = prefix.string else { return [] }
        var forms: [PathForm] = []
        for width in [2, 4] {
            for isBig in [false, true] {
                let form = PathForm(
                    width: width, placeholder: bytes(old, width, isBig), prefix: bytes(new, width, isBig))
                if form.prefix.count <= form.placeholder.count { forms.append(form) }
            }
        }
        return forms
    }

    private static func bytes(_ text: String, _ width: Int, _ isBig: Bool) -> [UInt8] {
        let units = width == 2 ? text.utf16.map { UInt32($0) } : text.unicodeScalars.map(\.value)
        return units.flatMap { unit in
            let little = (0..<width).map { UInt8(truncatingIfNeeded: unit >> (8 * UInt32($0))) }
            return isBig ? little.reversed() : little
        }
    }
}
