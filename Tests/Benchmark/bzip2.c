// What decoding bzip2 costs on one core: libbz2 and our decoder, in turn, every file with each, as processor time.
// Prints the decoded megabytes, the seconds of libbz2 and ours; ends with an error when the two differ.
//
//   bzip2 FILE...
#include "bzip2_block.h"

#include <bzlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static const uint64_t block_mark = 0x314159265359;
static uint8_t output[256 << 10];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what, const char *name) {
    fprintf(stderr, "bzip2: %s: %s\n", what, name);
    exit(1);
}

static uint8_t *read_file(const char *name, size_t *size) {
    FILE *file = fopen(name, "rb");
    if (!file) die("cannot open", name);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = calloc(*size + PIXI_BZIP2_PADDING, 1);
    if (fread(data, 1, *size, file) != *size) die("cannot read", name);
    fclose(file);
    return data;
}

static size_t by_library(uint8_t *data, size_t size, const char *name) {
    bz_stream stream = {0};
    BZ2_bzDecompressInit(&stream, 0, 0);
    stream.next_in = (char *)data;
    stream.avail_in = (unsigned)size;
    size_t made = 0;
    int result = BZ_OK;
    while (result == BZ_OK) {
        stream.next_out = (char *)output;
        stream.avail_out = sizeof output;
        result = BZ2_bzDecompress(&stream);
        made += sizeof output - stream.avail_out;
    }
    if (result != BZ_STREAM_END) die("libbz2", name);
    BZ2_bzDecompressEnd(&stream);
    return made;
}

static size_t by_us(const uint8_t *data, size_t size, pixi_bzip2_block *block, uint32_t *scratch, const char *name) {
    size_t made = 0;
    uint64_t at = 32;
    block->capacity = (uint32_t)(data[3] - '0') * 100000;
    while (pixi_bzip2_bits(data, at, 48) == block_mark) {
        if (pixi_bzip2_read(block, data, size, at)) die("damaged", name);
        pixi_bzip2_unsort(block, scratch);
        pixi_bzip2_rest rest = {block->bytes, block->count, 0, 0, ~0u};
        size_t count;
        do {
            count = pixi_bzip2_expand(&rest, output, sizeof output);
            if (count > sizeof output) die("damaged runs", name);
            made += count;
        } while (count == sizeof output);
        if (~rest.checksum != block->checksum) die("wrong checksum", name);
        at = block->end;
    }
    return made;
}

int main(int argc, char **argv) {
    enum { largest = 900000, huge = 2 << 20 };
    pixi_bzip2_block block = {0};
    block.links = aligned_alloc(huge, 2 * huge);
    madvise(block.links, 2 * huge, MADV_HUGEPAGE);
    block.bytes = malloc(largest + PIXI_BZIP2_SLACK);
    uint32_t *scratch = malloc(PIXI_BZIP2_SCRATCH);
    double library = 0, ours = 0, megabytes = 0;
    for (int i = 1; i < argc; i++) {
        size_t size;
        uint8_t *data = read_file(argv[i], &size);
        double start = now();
        size_t expected = by_library(data, size, argv[i]);
        double middle = now();
        size_t made = by_us(data, size, &block, scratch, argv[i]);
        ours += now() - middle;
        library += middle - start;
        if (made != expected) die("another length", argv[i]);
        megabytes += (double)made / 1e6;
        free(data);
    }
    printf("%.1f %.3f %.3f\n", megabytes, library, ours);
    return 0;
}
