#ifndef PIXI_PACK_BZIP2_BLOCK_H
#define PIXI_PACK_BZIP2_BLOCK_H
#include <stddef.h>
#include <stdint.h>

// The steps of decoding one bzip2 block, apart so that several blocks can be decoded side by side. Whatever is damaged
// or merely rare (randomised blocks, incomplete codes) is called unusual: the caller then asks libbz2.

/// Bytes that must be readable behind the compressed data handed to `pixi_bzip2_read`.
enum { PIXI_BZIP2_PADDING = 256 };
/// Bytes that must be writable in `bytes` behind the block's size.
enum { PIXI_BZIP2_SLACK = 16 };
/// The most pieces of 128 bytes a block is put together of: it has at most 900,000 bytes and 257 stretches.
enum { PIXI_BZIP2_PIECES = 900000 / 128 + 2 * 257 + 1 };
/// What `pixi_bzip2_unsort` needs beside the block.
enum { PIXI_BZIP2_SCRATCH = PIXI_BZIP2_PIECES * (128 + 4) };

/// One block and the memory it is decoded in.
typedef struct {
    /// Room for `capacity` words.
    uint32_t *links;
    /// Room for `capacity` + PIXI_BZIP2_SLACK bytes.
    uint8_t *bytes;
    /// The block size of the stream: 100,000 to 900,000.
    uint32_t capacity;
    /// How many bytes the block has before its runs are expanded.
    uint32_t count;
    /// Where its first byte is among the sorted rotations.
    uint32_t origin;
    /// The checksum it must have.
    uint32_t checksum;
    /// The bit of the compressed data behind it.
    uint64_t end;
    /// How often each byte occurs.
    uint32_t histogram[256];
} pixi_bzip2_block;

/// What is left of a block to hand out.
typedef struct {
    const uint8_t *bytes;
    uint32_t left;
    /// A run that did not fit the last output.
    uint32_t repeats;
    uint8_t repeated;
    /// The checksum of what was handed out; begin with ~0, the block's is the complement.
    uint32_t checksum;
} pixi_bzip2_rest;

/// `count` (up to 56) bits from bit `at` on; the padding counts as data.
uint64_t pixi_bzip2_bits(const uint8_t *data, uint64_t at, unsigned count);

/// The bit at which a block's mark is found at `at` or later; UINT64_MAX if there is none.
uint64_t pixi_bzip2_find(const uint8_t *data, size_t size, uint64_t at);

/// Decodes the codes of the block whose mark is at bit `at`: fills `bytes`, `count`, `origin`, `checksum`, `histogram`
/// and `end`. Returns 0, or -1 if the block is unusual, damaged or not complete.
int pixi_bzip2_read(pixi_bzip2_block *block, const uint8_t *data, size_t size, uint64_t at);

/// Undoes the block sorting: afterwards `bytes` is what runs are expanded of. `scratch` has PIXI_BZIP2_SCRATCH bytes.
void pixi_bzip2_unsort(pixi_bzip2_block *block, uint32_t *scratch);

/// Expands runs into `output`; returns the bytes made, fewer than `size` only at the end, SIZE_MAX if the data is damaged.
size_t pixi_bzip2_expand(pixi_bzip2_rest *rest, uint8_t *output, size_t size);

#endif
