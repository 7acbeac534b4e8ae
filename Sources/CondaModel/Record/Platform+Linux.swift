#if os(Linux)
extension Platform {
    /// The platform this program was built for.
    public static var current: Platform {
        #if arch(x86_64)
        .linux64
        #elseif arch(arm64)
        .linuxAarch64
        #else
        #error("add this platform's conda name")
        #endif
    }
}
#endif
