#ifndef PIXI_PACK_SHA256_LANES_H
#define PIXI_PACK_SHA256_LANES_H

#include <stddef.h>
#include <stdint.h>

/// How many messages this processor hashes at once by `pixi_sha256_lanes_update`: 16 (AVX-512), 8 (AVX2), or 0 where
/// hashing one after the other is as fast (instructions for SHA, other processors).
int pixi_sha256_lanes(void);

/// Takes `blocks` blocks of 64 bytes of each of `pixi_sha256_lanes()` messages into their states (FIPS 180-4, §6.2.2).
/// Two entries of `states` may not be the same.
void pixi_sha256_lanes_update(uint32_t *const states[], const uint8_t *const data[], size_t blocks);

#endif
