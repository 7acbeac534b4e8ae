import CLibYaml
import Support

extension YAMLTree {
    /// Reads any YAML document with libyaml.
    ///
    /// - Throws: `Failure` with line and column.
    convenience init(events source: [UInt8], firstLine: Int = 0) throws {
        var parser = YAMLEventParser(source)
        try source.withUnsafeBufferPointer { try parser.parse($0) }
        self.init(text: parser.text, nodes: parser.builder.nodes, firstLine: firstLine)
    }
}

/// Builds a tree from the events of libyaml.
private struct YAMLEventParser {
    /// Each alias repeats the value it stands for. More nodes than this are refused, against "billion laughs" attacks.
    private static let maximumAliasNodes = 1_000_000

    var builder: YAMLTreeBuilder
    /// The decoded scalars, one after the other.
    var text: [UInt8] = []
    private var anchors: [ByteString: Int] = [:]
    private var aliasNodes = 0
    private var documents = 0

    init(_ source: [UInt8]) {
        builder = YAMLTreeBuilder(reserving: source.count / 20)
        text.reserveCapacity(source.count)
    }

    mutating func parse(_ source: UnsafeBufferPointer<UInt8>) throws {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { throw Failure("out of memory") }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_input_string(&parser, source.baseAddress, source.count)
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else { throw YAMLEventParser.failure(of: parser) }
            defer { yaml_event_delete(&event) }
            if event.type == YAML_STREAM_END_EVENT { return }
            try handle(event)
        }
    }

    private mutating func handle(_ event: yaml_event_t) throws {
        let line = event.start_mark.line
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            documents += 1
            if documents > 1 { throw Failure("line \(line + 1): more than one YAML document in the file") }
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            define(scalar.anchor)
            let start = text.count
            text.append(contentsOf: UnsafeBufferPointer(start: scalar.value, count: scalar.length))
            builder.scalar(
                start: start, length: scalar.length, isQuoted: scalar.style != YAML_PLAIN_SCALAR_STYLE, line: line)
        case YAML_SEQUENCE_START_EVENT:
            define(event.data.sequence_start.anchor)
            try builder.begin(.sequence, line: line)
        case YAML_MAPPING_START_EVENT:
            define(event.data.mapping_start.anchor)
            try builder.begin(.mapping, line: line)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            try text.withUnsafeBufferPointer { try builder.end(text: $0) }
        case YAML_ALIAS_EVENT:
            try expand(event.data.alias.anchor, line: line)
        default: break
        }
    }

    private mutating func define(_ anchor: UnsafeMutablePointer<yaml_char_t>?) {
        guard let name = YAMLEventParser.name(anchor) else { return }
        anchors[name] = builder.nodes.count
    }

    private mutating func expand(_ anchor: UnsafeMutablePointer<yaml_char_t>?, line: Int) throws {
        guard let name = YAMLEventParser.name(anchor), let target = anchors[name] else {
            throw Failure("line \(line + 1): unknown anchor")
        }
        let size = Int(builder.nodes[target].next) - target
        guard size > 0 else { throw Failure("line \(line + 1): the alias '\(name)' stands for itself") }
        aliasNodes += size
        guard aliasNodes <= YAMLEventParser.maximumAliasNodes else {
            throw Failure("line \(line + 1): aliases expand to more than \(YAMLEventParser.maximumAliasNodes) values")
        }
        builder.copy(target)
    }

    private static func name(_ anchor: UnsafeMutablePointer<yaml_char_t>?) -> ByteString? {
        anchor.map { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 1) { ByteString(cString: $0) }
        }
    }

    private static func failure(of parser: yaml_parser_t) -> Failure {
        let problem = parser.problem.map { String(cString: $0) } ?? "out of memory"
        // Errors of the encoding have no line.
        if parser.error == YAML_READER_ERROR { return Failure("byte \(parser.problem_offset): \(problem)") }
        return Failure(
            "\(problem) at line \(parser.problem_mark.line + 1) column \(parser.problem_mark.column + 1)")
    }
}
