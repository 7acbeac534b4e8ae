#ifndef PIXI_PACK_BYTE_SEARCH_H
#define PIXI_PACK_BYTE_SEARCH_H
#include <stddef.h>

/// `memmem(3)`: where `needle` begins in `bytes`, NULL if it does not occur.
const void *pixi_find_bytes(const void *bytes, size_t count, const void *needle, size_t needle_count);

#endif
