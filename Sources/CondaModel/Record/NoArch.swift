import Support

/// The `noarch` field: absent (also `false` and the empty string), `python`, `generic`, or `true` in old records.
public enum NoArch: Sendable, Equatable {
    case none, python, generic, oldGeneric
    public var isNoArch: Bool { self != .none }
}
