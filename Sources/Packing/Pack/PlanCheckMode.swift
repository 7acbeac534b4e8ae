/// What is done about packages that could never be unpacked.
public enum PlanCheckMode: Sendable {
    /// Nothing is packed.
    case errors
    /// They are packed as the original packs them, with a warning.
    case warnings
    /// Nobody looks.
    case none
}
