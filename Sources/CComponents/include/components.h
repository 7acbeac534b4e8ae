#pragma once
#include <stddef.h>
#include <stdint.h>

/// What the executable consists of, as `.ci/build/components.py` found it in the linker's map: gzip of a JSON document. Empty
/// in builds that are no release.
const uint8_t *pixi_components(size_t *length);

/// The version of the C library; NULL if it does not tell.
const char *pixi_libc_version(void);
