import Testing

@testable import Support

/// Text of visible ASCII is taken as it is, whatever stands where in it; all else is made visible.
@Suite struct VisibleTextTests {
    @Test func eachCharacterAtEachPlace() {
        for value in 0..<0x100 as Range<UInt32> {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isVisible = (0x20..<0x7F).contains(value) || value >= 0xA0 && value != 0xAD
            for count in [0, 1, 7, 8, 9, 15, 16, 23] {
                for place in 0...count {
                    var text = String(repeating: "~", count: place)
                    text.unicodeScalars.append(scalar)
                    text += String(repeating: " ", count: count - place)
                    #expect((VisibleText.of(text) == text) == isVisible, "\(value) at \(place) of \(count)")
                    #expect(VisibleText.of(text).unicodeScalars.allSatisfy { !VisibleText.isHidden($0) })
                }
            }
        }
    }
}
