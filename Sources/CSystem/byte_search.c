#define _GNU_SOURCE
#include "byte_search.h"

#include <string.h>

const void *pixi_find_bytes(const void *bytes, size_t count, const void *needle, size_t needle_count) {
    return memmem(bytes, count, needle, needle_count);
}
