#include "components.h"

// The zero at the end is no part of the document: an array needs at least one element.
static const uint8_t bytes[] = {
#ifdef COMPONENTS
#include COMPONENTS
#endif
    0};

const uint8_t *pixi_components(size_t *length) {
    *length = sizeof(bytes) - 1;
    return bytes;
}

#ifdef __GLIBC__
#include <gnu/libc-version.h>
const char *pixi_libc_version(void) { return gnu_get_libc_version(); }
#else
const char *pixi_libc_version(void) { return NULL; }
#endif
