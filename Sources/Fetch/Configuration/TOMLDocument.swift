import CTomlPlusPlus
import LibC
import Support

/// TOML texts, read by toml++ and handed on as JSON.
public enum TOMLDocument {
    /// - Throws: `Failure` with line and column of what is wrong.
    public static func parse(_ text: [UInt8]) throws -> JSONDocument {
        guard String(validating: text, as: UTF8.self) != nil else { throw Failure("the text is not valid UTF-8") }
        var length = 0
        var problem: UnsafeMutablePointer<CChar>?
        // The buffer of an empty text has no address, and a final line break changes nothing.
        let json = (text + [0x0A]).withUnsafeBytes { bytes in
            bytes.baseAddress.flatMap {
                pixi_toml_to_json($0.assumingMemoryBound(to: CChar.self), bytes.count, &length, &problem)
            }
        }
        defer {
            free(json)
            free(problem)
        }
        guard let json else { throw Failure(problem.map { "\(String(cString: $0))" } ?? "out of memory") }
        return try JSONDocument(Array(UnsafeRawBufferPointer(start: json, count: length)))
    }
}
