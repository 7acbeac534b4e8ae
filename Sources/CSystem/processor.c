#include "processor.h"

#ifdef __x86_64__
#include <cpuid.h>

/// Which registers the system saves (XCR0).
static unsigned saved_registers(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

// The features of each level stand in the System V ABI, AMD64 supplement, "Microarchitecture levels".
int pixi_x86_64_level(void) {
    unsigned a, b, c1, d, b7 = 0, c7, d7, c81 = 0;
    if (!__get_cpuid(1, &a, &b, &c1, &d)) return 1;
    if (__get_cpuid(0x80000001, &a, &b, &c81, &d) == 0) c81 = 0;
    if (__get_cpuid_count(7, 0, &a, &b7, &c7, &d7) == 0) b7 = 0;
    // cx16, popcnt, sse3, sse4.1, sse4.2, ssse3, lahf
    const unsigned second = 1u << 13 | 1u << 23 | 1u << 0 | 1u << 19 | 1u << 20 | 1u << 9;
    if ((c1 & second) != second || !(c81 & 1u)) return 1;
    // osxsave, avx, f16c, fma, movbe; lzcnt; avx2, bmi1, bmi2
    const unsigned third = 1u << 27 | 1u << 28 | 1u << 29 | 1u << 12 | 1u << 22;
    const unsigned third7 = 1u << 5 | 1u << 3 | 1u << 8;
    if ((c1 & third) != third || !(c81 & 1u << 5) || (b7 & third7) != third7) return 2;
    unsigned registers = saved_registers();
    if ((registers & 0x6) != 0x6) return 2;
    // avx512 f, dq, cd, bw, vl
    const unsigned fourth = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
    return (b7 & fourth) == fourth && (registers & 0xE6) == 0xE6 ? 4 : 3;
}
#else
int pixi_x86_64_level(void) { return 0; }
#endif
