// The floor under unpacking: what decoding all payloads to memory costs on all cores, and what writing the same files
// from memory costs with the fewest system calls we know. Prints seconds.
//
//   floor decode THREADS ARCHIVE...      decode every .conda, .tar.bz2 and .whl to memory, keep nothing
//   floor write THREADS DIR ARCHIVE...   decode all first, then time writing their files below DIR (which must be fresh)
//
// The readers here are the minimum for well-formed archives; they are a yardstick, not a parser for strangers' files.
#define _GNU_SOURCE
#include <bzlib.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

typedef struct {
    char *data;
    size_t size, capacity;
} Buffer;

typedef struct {
    char *name;
    const char *data;
    size_t size;
    int mode, type;
} Entry;

static char **archives;
static int archive_count, next_index;
static int keep;
static Buffer *decoded; // one per archive, when kept
static Entry *entries;
static size_t entry_count, entry_capacity, next_entry;
static char root[4096];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what, const char *name) {
    fprintf(stderr, "floor: %s: %s\n", what, name);
    exit(1);
}

static char *read_file(const char *name, size_t *size) {
    int fd = open(name, O_RDONLY);
    struct stat s;
    if (fd < 0 || fstat(fd, &s)) die("cannot open", name);
    char *data = malloc(s.st_size + 1);
    size_t done = 0;
    while (done < (size_t)s.st_size) {
        ssize_t n = read(fd, data + done, s.st_size - done);
        if (n <= 0) die("cannot read", name);
        done += n;
    }
    close(fd);
    *size = done;
    return data;
}

static uint32_t u32(const char *p) { uint32_t v; memcpy(&v, p, 4); return v; }
static uint16_t u16(const char *p) { uint16_t v; memcpy(&v, p, 2); return v; }
static int ends(const char *s, size_t n, const char *e) { size_t m = strlen(e); return n >= m && !memcmp(s + n - m, e, m); }

static char *room(Buffer *out, size_t n) {
    if (!keep) { // the memory of one window is enough when nothing is kept
        if (out->capacity < n) out->data = realloc(out->data, out->capacity = n);
        out->size = 0;
    } else if (out->size + n > out->capacity) {
        out->capacity = (out->size + n) * 3 / 2;
        out->data = realloc(out->data, out->capacity);
    }
    return out->data + out->size;
}

static void decode_zstd(ZSTD_DCtx *context, const char *in, size_t size, Buffer *out, const char *name) {
    ZSTD_inBuffer source = {in, size, 0};
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
    while (source.pos < source.size) {
        ZSTD_outBuffer target = {room(out, 1 << 20), 1 << 20, 0};
        size_t r = ZSTD_decompressStream(context, &target, &source);
        if (ZSTD_isError(r)) die("zstd", name);
        out->size += target.pos;
        while (target.pos == target.size) { // the input may be used up with output pending
            target = (ZSTD_outBuffer){room(out, 1 << 20), 1 << 20, 0};
            ZSTD_decompressStream(context, &target, &source);
            out->size += target.pos;
        }
    }
}

static void decode_bz2(const char *in, size_t size, Buffer *out, const char *name) {
    bz_stream s = {0};
    BZ2_bzDecompressInit(&s, 0, 0);
    s.next_in = (char *)in;
    s.avail_in = size;
    int r = BZ_OK;
    while (r == BZ_OK) {
        s.next_out = room(out, 1 << 20);
        s.avail_out = 1 << 20;
        r = BZ2_bzDecompress(&s);
        out->size += (1 << 20) - s.avail_out;
    }
    if (r != BZ_STREAM_END) die("bzip2", name);
    BZ2_bzDecompressEnd(&s);
}

// Calls `each` for every member of a zip.
static void zip_members(const char *zip, size_t size, const char *name, void *context,
                        void (*each)(void *, const char *, size_t, int, const char *, size_t, size_t)) {
    size_t end = size - 22;
    while (end > 0 && u32(zip + end) != 0x06054b50) end--;
    size_t at = u32(zip + end + 16), count = u16(zip + end + 10);
    for (size_t i = 0; i < count; i++) {
        if (u32(zip + at) != 0x02014b50) die("zip", name);
        size_t n = u16(zip + at + 28), local = u32(zip + at + 42);
        size_t packed = u32(zip + at + 20), full = u32(zip + at + 24);
        const char *extra = zip + at + 46 + n, *extra_end = extra + u16(zip + at + 30);
        for (; extra + 4 <= extra_end; extra += 4 + u16(extra + 2)) {
            if (u16(extra) != 1) continue; // zip64
            const char *p = extra + 4;
            if (full == 0xffffffff) memcpy(&full, p, 8), p += 8;
            if (packed == 0xffffffff) memcpy(&packed, p, 8), p += 8;
            if (local == 0xffffffff) memcpy(&local, p, 8);
        }
        size_t data = local + 30 + u16(zip + local + 26) + u16(zip + local + 28);
        each(context, zip + at + 46, n, u16(zip + at + 10), zip + data, packed, full);
        at += 46 + n + u16(zip + at + 30) + u16(zip + at + 32);
    }
}

typedef struct {
    ZSTD_DCtx *zstd;
    struct libdeflate_decompressor *inflate;
    Buffer *out;
    const char *archive;
    int is_wheel;
} Worker;

static void add_entry(const char *name, size_t length, const char *data, size_t size, int mode, int type) {
    if (entry_count == entry_capacity) entries = realloc(entries, (entry_capacity = entry_capacity * 2 + 1024) * sizeof *entries);
    entries[entry_count++] = (Entry){strndup(name, length), data, size, mode, type};
}

static void member(void *context, const char *name, size_t n, int method, const char *data, size_t packed, size_t size) {
    Worker *w = context;
    if (w->is_wheel) {
        char *target = room(w->out, size + 1);
        if (method == 8 && libdeflate_deflate_decompress(w->inflate, data, packed, target, size, NULL)) die("deflate", w->archive);
        if (method == 0) memcpy(target, data, size);
        w->out->size += size;
    } else if (ends(name, n, ".tar.zst")) {
        decode_zstd(w->zstd, data, packed, w->out, w->archive);
    }
}

static void *decode_worker(void *unused) {
    (void)unused;
    Buffer scratch = {0};
    Worker w = {ZSTD_createDCtx(), libdeflate_alloc_decompressor(), &scratch, NULL, 0};
    for (;;) {
        int i = __atomic_fetch_add(&next_index, 1, __ATOMIC_RELAXED);
        if (i >= archive_count) return NULL;
        size_t size;
        char *data = read_file(archives[i], &size);
        w.archive = archives[i];
        w.out = keep ? &decoded[i] : &scratch;
        w.is_wheel = ends(archives[i], strlen(archives[i]), ".whl");
        if (ends(archives[i], strlen(archives[i]), ".tar.bz2")) decode_bz2(data, size, w.out, archives[i]);
        else zip_members(data, size, archives[i], &w, member);
        free(data);
    }
}

static void note_wheel(void *context, const char *name, size_t n, int method, const char *data, size_t packed, size_t size) {
    (void)method, (void)data, (void)packed;
    char **cursor = context;
    if (n && name[n - 1] != '/') add_entry(name, n, *cursor, size, 0644, '0');
    *cursor += size;
}

static void note_tar(const char *data, size_t size) {
    char longname[4096];
    size_t longlength = 0, at = 0;
    while (at + 512 <= size) {
        const char *h = data + at;
        if (!h[0]) { at += 512; continue; }
        size_t length = strtoull(h + 124, NULL, 8);
        char type = h[156], name[300];
        size_t n = strnlen(h, 100);
        if (h[345] && !memcmp(h + 257, "ustar\0", 6)) n = snprintf(name, sizeof name, "%.155s/%.*s", h + 345, (int)n, h);
        else memcpy(name, h, n);
        const char *body = h + 512;
        if (type == 'L' || type == 'x') {
            if (type == 'L') longlength = strnlen(body, length), memcpy(longname, body, longlength);
            else {
                for (const char *p = body; p < body + length;) {
                    size_t record = strtoul(p, NULL, 10);
                    const char *key = memchr(p, ' ', 20) + 1;
                    if (!memcmp(key, "path=", 5)) longlength = p + record - 1 - (key + 5), memcpy(longname, key + 5, longlength);
                    if (!record) break;
                    p += record;
                }
            }
        } else {
            const char *use = longlength ? longname : name;
            size_t m = longlength ? longlength : n;
            if (type == '0' || type == 0) add_entry(use, m, body, length, strtoul(h + 100, NULL, 8) & 0777, '0');
            else if (type == '2') { char link[101]; memcpy(link, h + 157, 100); link[100] = 0; add_entry(use, m, strdup(link), 0, 0, '2'); }
            longlength = 0;
        }
        at += 512 + (length + 511) / 512 * 512;
    }
}

static int by_name(const void *a, const void *b) { return strcmp(((Entry *)a)->name, ((Entry *)b)->name); }

static void *write_worker(void *unused) {
    (void)unused;
    for (;;) {
        size_t i = __atomic_fetch_add(&next_entry, 64, __ATOMIC_RELAXED), end = i + 64;
        if (i >= entry_count) return NULL;
        for (; i < end && i < entry_count; i++) {
            Entry *e = &entries[i];
            char path[8192];
            snprintf(path, sizeof path, "%s/%s", root, e->name);
            if (e->type == '2') { if (symlink(e->data, path)) {} continue; }
            int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, e->mode);
            if (fd < 0) continue; // a path two packages have in different kinds
            for (size_t done = 0; done < e->size;) {
                ssize_t n = write(fd, e->data + done, e->size - done);
                if (n < 0) die("write", path);
                done += n;
            }
            struct timespec times[2] = {{1700000000, 0}, {1700000000, 0}};
            futimens(fd, times);
            close(fd);
        }
    }
}

static int by_size(const void *a, const void *b) {
    struct stat s, t;
    stat(*(char **)a, &s), stat(*(char **)b, &t);
    return (s.st_size < t.st_size) - (s.st_size > t.st_size);
}

static void run(int threads, void *(*work)(void *)) {
    pthread_t ids[64];
    for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, work, NULL);
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
}

int main(int argc, char **argv) {
    if (argc < 4) die("usage", "floor decode THREADS ARCHIVE... | floor write THREADS DIR ARCHIVE...");
    int writing = !strcmp(argv[1], "write"), threads = atoi(argv[2]), first = writing ? 4 : 3;
    archives = argv + first;
    archive_count = argc - first;
    qsort(archives, archive_count, sizeof *archives, by_size);
    keep = writing;
    decoded = calloc(archive_count, sizeof *decoded);
    double start = now();
    run(threads, decode_worker);
    if (!writing) { printf("%.3f\n", now() - start); return 0; }
    for (int i = 0; i < archive_count; i++) {
        size_t length = strlen(archives[i]);
        if (ends(archives[i], length, ".whl")) {
            size_t size;
            char *zip = read_file(archives[i], &size), *cursor = decoded[i].data;
            zip_members(zip, size, archives[i], &cursor, note_wheel);
        } else note_tar(decoded[i].data, decoded[i].size);
    }
    qsort(entries, entry_count, sizeof *entries, by_name);
    size_t kept = 0; // what a prefix holds: one file per path, nothing of info/
    for (size_t i = 0; i < entry_count; i++)
        if (strncmp(entries[i].name, "info/", 5) && (!kept || strcmp(entries[kept - 1].name, entries[i].name))) entries[kept++] = entries[i];
    entry_count = kept;
    snprintf(root, sizeof root, "%s", argv[3]);
    umask(0);
    start = now();
    mkdir(root, 0755);
    char last[8192] = "";
    for (size_t i = 0; i < entry_count; i++) { // directories once, parents first
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", root, entries[i].name);
        char *slash = strrchr(path, '/');
        *slash = 0;
        if (!strcmp(path, last)) continue;
        strcpy(last, path);
        for (char *p = path + strlen(root) + 1;; p++) {
            if (*p && *p != '/') continue;
            char c = *p;
            *p = 0;
            mkdir(path, 0755);
            *p = c;
            if (!c) break;
        }
    }
    run(threads, write_worker);
    printf("%.3f %zu\n", now() - start, entry_count);
    return 0;
}
