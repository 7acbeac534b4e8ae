#if os(macOS)
extension Platform {
    /// The platform this program was built for.
    public static var current: Platform {
        #if arch(arm64)
        .osxArm64
        #else
        .osx64
        #endif
    }
}
#endif
