#ifndef PIXI_PACK_SHA256_LANES_H
#define PIXI_PACK_SHA256_LANES_H

#include <stddef.h>
#include <stdint.h>

/// How many messages this processor can hash at once by `pixi_sha256_lanes_update`: 16 (AVX-512), 8 (AVX2) or 0.
int pixi_sha256_possible_lanes(void);

/// As many if that is faster than one after the other, which it is not where there are instructions for SHA; else 0.
int pixi_sha256_lanes(void);

/// How many lanes hash `messages` messages soonest on a processor that has `lanes` of them (what `pixi_sha256_lanes`
/// said): at least as many, or 0 if that takes as long as one after the other.
int pixi_sha256_lanes_for(int lanes, int messages);

/// Takes `blocks` blocks of 64 bytes of each of `width` messages into their states (FIPS 180-4, §6.2.2).
/// Two entries of `states` may not be the same. `lanes` and `width` are what the other two functions said.
void pixi_sha256_lanes_update(
    int lanes, int width, uint32_t *const states[], const uint8_t *const data[], size_t blocks);

#endif
