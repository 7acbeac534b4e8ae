#ifndef PIXI_PACK_TOML_SHIM_H
#define PIXI_PACK_TOML_SHIM_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Parses TOML and renders the document as JSON. On success returns a malloc'ed JSON text (length in `out_length`);
/// on failure returns NULL and sets `error` to a malloc'ed message with line and column. The caller frees both.
char *pixi_toml_to_json(const char *text, size_t length, size_t *out_length, char **error);

#ifdef __cplusplus
}
#endif
#endif
