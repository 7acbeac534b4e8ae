#include "bzip2_block.h"

#include <pthread.h>
#include <string.h>

enum {
    longest_code = 20,
    // Codes of up to this many bits are found by one look-up.
    fast_bits = 10,
    largest_alphabet = 258,
    most_selectors = 18002,
    codes_per_selector = 50,
};

static const uint64_t block_mark = 0x314159265359;

// MARK: Bits

static inline uint64_t load_big(const uint8_t *p) {
    uint64_t value;
    memcpy(&value, p, sizeof value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

uint64_t pixi_bzip2_bits(const uint8_t *data, uint64_t at, unsigned count) {
    return (load_big(data + (at >> 3)) << (at & 7)) >> (64 - count);
}

uint64_t pixi_bzip2_find(const uint8_t *data, size_t size, uint64_t at) {
    // For each value of the third byte behind a byte: at which bits of that byte a mark may begin.
    uint8_t candidates[256] = {0};
    for (unsigned bit = 0; bit < 8; bit++) candidates[(block_mark >> (24 + bit)) & 255] |= (uint8_t)(1 << bit);
    for (size_t i = (size_t)(at >> 3); i + 7 <= size; i++) {
        unsigned bits = candidates[data[i + 3]];
        while (bits != 0) {
            uint64_t bit = (uint64_t)i * 8 + (unsigned)__builtin_ctz(bits);
            if (bit >= at && pixi_bzip2_bits(data, bit, 48) == block_mark) return bit;
            bits &= bits - 1;
        }
    }
    return UINT64_MAX;
}

// A reader of bits, the next one on top of `bits`. It runs at most 8 bytes ahead of what was taken.
typedef struct {
    uint64_t bits;
    const uint8_t *next;
    unsigned available;
} bit_reader;

// Makes at least 56 bits available.
static inline void refill(bit_reader *reader) {
    reader->bits |= load_big(reader->next) >> reader->available;
    reader->next += (63 - reader->available) >> 3;
    reader->available |= 56;
}

static inline void drop(bit_reader *reader, unsigned count) {
    reader->bits <<= count;
    reader->available -= count;
}

// `count` (1 to 48) bits.
static inline uint64_t take(bit_reader *reader, unsigned count) {
    refill(reader);
    uint64_t value = reader->bits >> (64 - count);
    drop(reader, count);
    return value;
}

static inline uint64_t position(const bit_reader *reader, const uint8_t *data) {
    return (uint64_t)(reader->next - data) * 8 - reader->available;
}

// MARK: Codes

typedef struct {
    // By the next bits: symbol * 32 + length; 0 where the code is longer.
    uint16_t fast[1 << fast_bits];
    // By length: the first code that is longer, aligned to longest_code bits.
    uint32_t limit[longest_code + 1];
    // By length: what to add to a code to find its symbol in `symbols`.
    int32_t base[longest_code + 1];
    uint16_t symbols[largest_alphabet];
} code_table;

// Returns -1 unless every sequence of bits has exactly one meaning.
static int make_table(code_table *table, const uint8_t *lengths, unsigned alphabet) {
    unsigned counts[longest_code + 1] = {0}, places[longest_code + 1];
    for (unsigned i = 0; i < alphabet; i++) counts[lengths[i]]++;
    uint32_t code = 0;
    unsigned place = 0;
    for (unsigned length = 1; length <= longest_code; length++) {
        unsigned shift = longest_code - length;
        places[length] = place;
        table->base[length] = (int32_t)place - (int32_t)(code >> shift);
        code += (uint32_t)counts[length] << shift;
        table->limit[length] = code;
        place += counts[length];
        if (code > 1u << longest_code) return -1;
    }
    if (code != 1u << longest_code) return -1;
    for (unsigned i = 0; i < alphabet; i++) table->symbols[places[lengths[i]]++] = (uint16_t)i;
    uint32_t slot = 0;
    unsigned symbol = 0;
    for (unsigned length = 1; length <= fast_bits; length++)
        for (unsigned i = 0; i < counts[length]; i++, symbol++)
            for (unsigned copies = 1u << (fast_bits - length); copies > 0; copies--)
                table->fast[slot++] = (uint16_t)(table->symbols[symbol] << 5 | length);
    memset(table->fast + slot, 0, ((1u << fast_bits) - slot) * sizeof *table->fast);
    return 0;
}

// What precedes the codes of a block.
typedef struct {
    code_table tables[6];
    uint8_t selectors[most_selectors];
    unsigned selector_count;
    // The bytes in use, the last met first.
    uint8_t recent[256];
    unsigned used;
} block_head;

static int read_head(block_head *head, pixi_bzip2_block *block, bit_reader *reader, const uint8_t *end) {
    if (take(reader, 48) != block_mark) return -1;
    block->checksum = (uint32_t)take(reader, 32);
    if (take(reader, 1) != 0) return -1; // randomised
    block->origin = (uint32_t)take(reader, 24);

    unsigned groups = (unsigned)take(reader, 16);
    head->used = 0;
    for (unsigned group = 0; group < 16; group++) {
        if (!(groups & 0x8000u >> group)) continue;
        unsigned members = (unsigned)take(reader, 16);
        for (unsigned i = 0; i < 16; i++)
            if (members & 0x8000u >> i) head->recent[head->used++] = (uint8_t)(group * 16 + i);
    }
    if (head->used == 0) return -1;

    unsigned alphabet = head->used + 2, tables = (unsigned)take(reader, 3);
    head->selector_count = (unsigned)take(reader, 15);
    if (tables < 2 || tables > 6 || head->selector_count == 0 || head->selector_count > most_selectors) return -1;
    uint8_t order[6] = {0, 1, 2, 3, 4, 5};
    for (unsigned i = 0; i < head->selector_count; i++) {
        unsigned place = 0;
        if (reader->next > end) return -1;
        while (take(reader, 1))
            if (++place >= tables) return -1;
        uint8_t table = order[place];
        for (; place > 0; place--) order[place] = order[place - 1];
        head->selectors[i] = order[0] = table;
    }
    for (unsigned table = 0; table < tables; table++) {
        uint8_t lengths[largest_alphabet];
        unsigned length = (unsigned)take(reader, 5);
        for (unsigned i = 0; i < alphabet; i++) {
            for (;;) {
                if (length < 1 || length > longest_code || reader->next > end) return -1;
                if (!take(reader, 1)) break;
                length += take(reader, 1) ? -1u : 1u;
            }
            lengths[i] = (uint8_t)length;
        }
        if (make_table(&head->tables[table], lengths, alphabet)) return -1;
    }
    return 0;
}

// MARK: Symbols

static inline unsigned next_symbol(bit_reader *reader, const code_table *table) {
    unsigned entry = table->fast[reader->bits >> (64 - fast_bits)];
    if (__builtin_expect(entry != 0, 1)) {
        drop(reader, entry & 31);
        return entry >> 5;
    }
    uint32_t code = (uint32_t)(reader->bits >> (64 - longest_code));
    unsigned length = fast_bits + 1;
    // The last limit is above all codes.
    while (code >= table->limit[length]) length++;
    drop(reader, length);
    return table->symbols[(int32_t)(code >> (longest_code - length)) + table->base[length]];
}

// The 256 bytes in order of their last use, as words whose lowest byte comes first.
typedef struct { uint64_t words[32]; } recency;

// Moves the byte at `place` to the front and returns it.
static inline uint8_t to_front(recency *list, unsigned place) {
    unsigned last = place >> 3, shift = (place & 7) * 8;
    uint8_t byte = (uint8_t)(list->words[last] >> shift);
    uint64_t carry = byte;
    for (unsigned i = 0; i < last; i++) {
        uint64_t word = list->words[i];
        list->words[i] = word << 8 | carry;
        carry = word >> 56;
    }
    uint64_t word = list->words[last], moved = ~UINT64_C(0) >> (56 - shift);
    list->words[last] = (word & ~moved) | ((word << 8 | carry) & moved);
    return byte;
}

int pixi_bzip2_read(pixi_bzip2_block *block, const uint8_t *data, size_t size, uint64_t at) {
    block_head head;
    const uint8_t *end = data + size;
    bit_reader reader = {0, data + (at >> 3), 0};
    if (at >> 3 >= size) return -1;
    refill(&reader);
    drop(&reader, at & 7);
    if (read_head(&head, block, &reader, end)) return -1;

    recency list = {{0}};
    for (unsigned i = 0; i < head.used; i++) list.words[i >> 3] |= (uint64_t)head.recent[i] << (i & 7) * 8;
    memset(block->histogram, 0, sizeof block->histogram);
    uint8_t *bytes = block->bytes;
    const uint32_t capacity = block->capacity;
    const unsigned end_of_block = head.used + 1;
    uint32_t count = 0, run = 0, weight = 1;
    for (unsigned group = 0; group < head.selector_count; group++) {
        // One group reads at most 125 bytes, which the padding covers.
        if (reader.next > end) return -1;
        const code_table *table = &head.tables[head.selectors[group]];
        for (unsigned i = 0; i < codes_per_selector; i += 2) {
            refill(&reader);
            for (unsigned half = 0; half < 2; half++) {
                unsigned symbol = next_symbol(&reader, table);
                if (symbol < 2) {
                    // A digit of a run's length, in a number system of the digits 1 and 2.
                    if (weight > capacity) return -1;
                    run += weight << symbol;
                    weight <<= 1;
                    continue;
                }
                if (run > 0) {
                    if (run > capacity - count) return -1;
                    uint8_t byte = (uint8_t)list.words[0];
                    uint64_t fill = byte * UINT64_C(0x0101010101010101);
                    memcpy(bytes + count, &fill, sizeof fill);
                    if (run > sizeof fill) memset(bytes + count, byte, run);
                    block->histogram[byte] += run;
                    count += run;
                    run = 0;
                    weight = 1;
                }
                if (symbol == end_of_block) {
                    block->count = count;
                    block->end = position(&reader, data);
                    return count == 0 || block->origin >= count || block->end > (uint64_t)size * 8 ? -1 : 0;
                }
                if (count >= capacity) return -1;
                uint8_t byte = to_front(&list, symbol - 1);
                block->histogram[byte]++;
                bytes[count++] = byte;
            }
        }
    }
    return -1;
}

// MARK: Block sorting

// Undoing it means to walk from each place among the sorted rotations to that of the rotation that follows, some 900,000
// times. Every step waits for memory, so eight walks go at once, from places all over the block. A walk ends where
// another began; strung together from the origin on they are the text.
enum {
    walk_count = 8,
    // Between looks at whether a walk has met a beginning.
    steps_at_once = 128,
    most_beginnings = 256,
    // A link is the first byte of a rotation, above it the place of the one that follows, and this if a walk begins here.
    beginning = INT32_MIN,
};

// What a walk wrote: pieces of steps_at_once bytes, each with the number of the next.
typedef struct {
    uint32_t first_piece, length;
    // The beginning it met.
    uint32_t next;
} stretch;

typedef struct {
    pixi_bzip2_block *block;
    // Beginning k is at place k * spacing; the last one is the origin.
    uint32_t spacing, beginnings;
    stretch stretches[most_beginnings + 1];
    // Memory of the pieces, and how many are in use.
    uint8_t *pieces;
    uint32_t *piece_after;
    uint32_t used_pieces;
} sorting;

static void link_block(const pixi_bzip2_block *block) {
    uint32_t next[256], sum = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        next[byte] = sum;
        sum += block->histogram[byte];
    }
    const uint8_t *bytes = block->bytes;
    for (uint32_t i = 0; i < block->count; i++) block->links[next[bytes[i]]++] = i << 8 | bytes[i];
}

static uint32_t place_of(const sorting *sorting, uint32_t number) {
    return number == sorting->beginnings ? sorting->block->origin : number * sorting->spacing;
}

static uint32_t number_of(const sorting *sorting, uint32_t place) {
    return place == sorting->block->origin ? sorting->beginnings : place / sorting->spacing;
}

// All walks take some steps and note the links they meet.
static void walk_on(const uint32_t *links, const uint32_t *places, uint32_t noted[walk_count][steps_at_once]) {
    uint32_t a = places[0], b = places[1], c = places[2], d = places[3];
    uint32_t e = places[4], f = places[5], g = places[6], h = places[7];
#define STEP(place, walk) (place = (noted[walk][i] = links[place]) << 1 >> 9)
    for (unsigned i = 0; i < steps_at_once; i++) {
        STEP(a, 0); STEP(b, 1); STEP(c, 2); STEP(d, 3);
        STEP(e, 4); STEP(f, 5); STEP(g, 6); STEP(h, 7);
    }
#undef STEP
}

// Writes a piece of a stretch from the links met; returns whether it has come to its end.
static int write_piece(sorting *sorting, stretch *stretch, uint32_t *piece, uint32_t *place, const uint32_t *noted) {
    uint32_t met = 0, count = steps_at_once;
    for (unsigned i = stretch->length == 0; i < steps_at_once; i++) met |= noted[i];
    if (met & (uint32_t)beginning)
        for (count = stretch->length == 0; !(noted[count] & (uint32_t)beginning);) count++;
    uint32_t fresh = sorting->used_pieces++;
    if (stretch->length == 0) stretch->first_piece = fresh;
    else sorting->piece_after[*piece] = fresh;
    *piece = fresh;
    uint8_t *output = sorting->pieces + (size_t)fresh * steps_at_once;
    for (unsigned i = 0; i < steps_at_once; i++) output[i] = (uint8_t)noted[i];
    stretch->length += count;
    if (count > 0) *place = noted[count - 1] << 1 >> 9;
    if (count == steps_at_once) return 0;
    stretch->next = number_of(sorting, *place);
    return 1;
}

static void walk_all(sorting *sorting) {
    uint32_t places[walk_count] = {0}, pieces[walk_count];
    stretch *stretches[walk_count] = {NULL};
    uint32_t noted[walk_count][steps_at_once];
    uint32_t begun = 0, active = 0;
    do {
        for (unsigned walk = 0; walk < walk_count; walk++) {
            if (stretches[walk] != NULL) continue;
            // Once is enough for the origin.
            if (begun < sorting->beginnings && place_of(sorting, begun) == sorting->block->origin) begun++;
            if (begun > sorting->beginnings) continue;
            places[walk] = place_of(sorting, begun);
            stretches[walk] = &sorting->stretches[begun++];
            active++;
        }
        walk_on(sorting->block->links, places, noted);
        for (unsigned walk = 0; walk < walk_count; walk++) {
            if (stretches[walk] == NULL) continue;
            if (!write_piece(sorting, stretches[walk], &pieces[walk], &places[walk], noted[walk])) continue;
            stretches[walk] = NULL;
            active--;
        }
    } while (active > 0 || begun <= sorting->beginnings);
}

void pixi_bzip2_unsort(pixi_bzip2_block *block, uint32_t *scratch) {
    link_block(block);
    sorting sorting;
    memset(&sorting, 0, sizeof sorting);
    sorting.block = block;
    sorting.beginnings = block->count / 4096 < most_beginnings ? block->count / 4096 : most_beginnings;
    sorting.spacing = sorting.beginnings ? block->count / sorting.beginnings : 1;
    for (uint32_t i = 0; i <= sorting.beginnings; i++) block->links[place_of(&sorting, i)] |= (uint32_t)beginning;
    // The bytes' own memory is free only when all walks are done.
    sorting.piece_after = scratch;
    sorting.pieces = (uint8_t *)(scratch + PIXI_BZIP2_PIECES);
    walk_all(&sorting);

    // A text that repeats itself is a round walk.
    uint32_t number = sorting.beginnings, done = 0;
    while (done < block->count) {
        const stretch *stretch = &sorting.stretches[number];
        uint32_t left = block->count - done < stretch->length ? block->count - done : stretch->length;
        for (uint32_t piece = stretch->first_piece; left > 0; piece = sorting.piece_after[piece]) {
            uint32_t part = left < steps_at_once ? left : steps_at_once;
            memcpy(block->bytes + done, sorting.pieces + (size_t)piece * steps_at_once, part);
            done += part;
            left -= part;
        }
        number = stretch->next;
    }
}

// MARK: Runs and checksum

// By number of bytes behind it: what a byte does to the checksum.
static uint32_t checksums[8][256];
static pthread_once_t checksums_once = PTHREAD_ONCE_INIT;

static void make_checksums(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte << 24;
        for (unsigned bit = 0; bit < 8; bit++) value = value & 0x80000000 ? value << 1 ^ 0x04c11db7 : value << 1;
        checksums[0][byte] = value;
    }
    for (unsigned behind = 1; behind < 8; behind++)
        for (unsigned byte = 0; byte < 256; byte++) {
            uint32_t value = checksums[behind - 1][byte];
            checksums[behind][byte] = value << 8 ^ checksums[0][value >> 24];
        }
}

static uint32_t update_checksum(uint32_t checksum, const uint8_t *bytes, size_t count) {
    pthread_once(&checksums_once, make_checksums);
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t x = load_big(bytes) ^ (uint64_t)checksum << 32;
        checksum = checksums[7][x >> 56] ^ checksums[6][x >> 48 & 255] ^ checksums[5][x >> 40 & 255]
                 ^ checksums[4][x >> 32 & 255] ^ checksums[3][x >> 24 & 255] ^ checksums[2][x >> 16 & 255]
                 ^ checksums[1][x >> 8 & 255] ^ checksums[0][x & 255];
    }
    for (; count > 0; bytes++, count--) checksum = checksum << 8 ^ checksums[0][checksum >> 24 ^ *bytes];
    return checksum;
}

size_t pixi_bzip2_expand(pixi_bzip2_rest *rest, uint8_t *output, size_t size) {
    const uint8_t *in = rest->bytes, *end = in + rest->left;
    uint8_t *out = output, *out_end = output + size;
    for (;;) {
        if (rest->repeats > 0) {
            size_t count = rest->repeats;
            if (count > (size_t)(out_end - out)) count = (size_t)(out_end - out);
            memset(out, rest->repeated, count);
            out += count;
            rest->repeats -= (uint32_t)count;
            if (rest->repeats > 0) break;
        }
        // Eight bytes at a time: where none of the first six begins four of a kind, those six are themselves.
        while (end - in >= 9 && out_end - out >= 8) {
            uint64_t here, next;
            memcpy(&here, in, 8);
            memcpy(&next, in + 1, 8);
            memcpy(out, &here, 8);
            uint64_t differing = here ^ next;
            const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
            // 0x80 in each byte that equals the one behind it.
            uint64_t equal = ~(((differing & low) + low) | differing | low);
            if (equal & equal >> 8 & equal >> 16) break;
            in += 6;
            out += 6;
        }
        // And one at a time where one does, or near an end.
        const uint8_t *stop = end - in > 6 ? in + 6 : end;
        while (in < stop && out < out_end) {
            if (end - in < 4 || in[0] != in[1] || in[1] != in[2] || in[2] != in[3]) {
                *out++ = *in++;
                continue;
            }
            if (end - in == 4) return SIZE_MAX; // the count is missing
            rest->repeated = in[0];
            rest->repeats = 4u + in[4];
            in += 5;
            break;
        }
        if (rest->repeats == 0 && (in == end || out == out_end)) break;
    }
    rest->bytes = in;
    rest->left = (uint32_t)(end - in);
    rest->checksum = update_checksum(rest->checksum, output, (size_t)(out - output));
    return (size_t)(out - output);
}
