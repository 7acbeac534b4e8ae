// SHA-256 of several messages at once, one in each lane of the vector registers.
//
// Without instructions for SHA a core hashes some 400 MB/s, because each step of a message needs the one before it;
// steps of different messages need nothing of each other.
#include "sha256_lanes.h"

#if defined(__x86_64__)

#include <cpuid.h>

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define ROTATE(x, n) (((x) >> (n)) | ((x) << (32 - (n))))

// Where AVX-512 is, its rotations and three-operand logic serve the narrower registers too, of which more are worked on
// at a time: eight lanes take little more than half the time of sixteen.
#define WIDE "avx512f,avx512bw,avx512vl"

#define LANES 16
#define VECTOR vector16
#define UPDATE update16
#define TARGET WIDE
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#include "sha256_lanes.inc"

#define LANES 8
#define VECTOR vector8
#define UPDATE update8
#define TARGET WIDE
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#include "sha256_lanes.inc"

#define LANES 4
#define VECTOR vector4
#define UPDATE update4
#define TARGET WIDE
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#include "sha256_lanes.inc"

#define LANES 8
#define VECTOR vector8_avx2
#define UPDATE update8_avx2
#define TARGET "avx2"
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#include "sha256_lanes.inc"

/// Whether the operating system keeps the vector registers that are named by the bits of XCR0.
static int keeps(uint32_t registers) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & registers) == registers;
}

int pixi_sha256_possible_lanes(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !keeps(0x06)) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    if ((b & bit_AVX512F) && (b & bit_AVX512BW) && (b & bit_AVX512VL) && keeps(0xE6)) return 16;
    return b & bit_AVX2 ? 8 : 0;
}

int pixi_sha256_lanes(void) {
    uint32_t a, b, c, d;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA)) return 0;
    return pixi_sha256_possible_lanes();
}

int pixi_sha256_lanes_for(int lanes, int messages) {
    if (lanes < 16) return messages > 2 ? lanes : 0;
    return messages > 8 ? 16 : messages > 4 ? 8 : messages > 1 ? 4 : 0;
}

void pixi_sha256_lanes_update(
    int lanes, int width, uint32_t *const states[], const uint8_t *const data[], size_t blocks) {
    switch (width) {
    case 16: update16(states, data, blocks); break;
    case 8: lanes == 16 ? update8(states, data, blocks) : update8_avx2(states, data, blocks); break;
    case 4: update4(states, data, blocks); break;
    }
}

#else

int pixi_sha256_possible_lanes(void) { return 0; }

int pixi_sha256_lanes(void) { return 0; }

int pixi_sha256_lanes_for(int lanes, int messages) {
    (void)lanes, (void)messages;
    return 0;
}

void pixi_sha256_lanes_update(
    int lanes, int width, uint32_t *const states[], const uint8_t *const data[], size_t blocks) {
    (void)lanes, (void)width, (void)states, (void)data, (void)blocks;
}

#endif
