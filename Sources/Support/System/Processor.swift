import CSystem

/// The processor this program runs on.
public enum Processor {
    /// The level of the x86-64 family (1 to 4) that the processor and the operating system reach; nil for other
    /// families.
    public static var x86Level: Int? {
        let level = pixi_x86_64_level()
        return level > 0 ? Int(level) : nil
    }
}
