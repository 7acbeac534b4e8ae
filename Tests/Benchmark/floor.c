// The floor under unpacking: what decoding all payloads to memory costs on all cores, and what writing the same files
// from memory costs with the fewest system calls we know. Prints seconds.
//
//   floor decode THREADS ARCHIVE...      decode every .conda, .tar.bz2 and .whl to memory, keep nothing
//   floor decode-own THREADS ARCHIVE...  the same with our decoder of bzip2 in place of libbz2
//   floor write THREADS DIR ARCHIVE...   decode all first, then time writing their files below DIR (which must be fresh)
//
// Other ways to write, for comparison (each needs its own DIR): write-no-times (without futimens), write-folders (openat
// below a folder's descriptor), write-pieces (256 kB at a time), write-allocated (the same, the space of files from 1 MB
// on asked for at once), write-uring (io_uring: create, write and close as one chain, 32 files at a time). Writing prints
// as well how much of the time directories took, which one thread makes before the others begin.
//
// The readers here are the minimum for well-formed archives; they are a yardstick, not a parser for strangers' files.
#define _GNU_SOURCE
#include "bzip2_block.h"

#include <bzlib.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
static int keep, own_bzip2, sets_times = 1, allocates;
static size_t piece = SIZE_MAX;
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
    char *data = calloc(s.st_size + PIXI_BZIP2_PADDING, 1);
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

// Well-formed streams of one part only, as all packages are.
static void decode_own_bz2(pixi_bzip2_block *block, const char *in, size_t size, Buffer *out, const char *name) {
    const uint8_t *data = (const uint8_t *)in;
    const uint64_t mark = 0x314159265359;
    if (!block->links) {
        block->links = aligned_alloc(2 << 20, 4 << 20);
        madvise(block->links, 4 << 20, MADV_HUGEPAGE);
        block->bytes = malloc(900000 + PIXI_BZIP2_SLACK);
    }
    static __thread uint32_t scratch[PIXI_BZIP2_SCRATCH / 4];
    block->capacity = (uint32_t)(data[3] - '0') * 100000;
    for (uint64_t at = 32; pixi_bzip2_bits(data, at, 48) == mark; at = block->end) {
        if (pixi_bzip2_read(block, data, size, at)) die("bzip2", name);
        pixi_bzip2_unsort(block, scratch);
        pixi_bzip2_rest rest = {block->bytes, block->count, 0, 0, ~0u};
        size_t count;
        do {
            count = pixi_bzip2_expand(&rest, (uint8_t *)room(out, 256 << 10), 256 << 10);
            if (count > 256 << 10) die("bzip2", name);
            out->size += count;
        } while (count == 256 << 10);
    }
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
    pixi_bzip2_block block = {0};
    for (;;) {
        int i = __atomic_fetch_add(&next_index, 1, __ATOMIC_RELAXED);
        if (i >= archive_count) return NULL;
        size_t size;
        char *data = read_file(archives[i], &size);
        w.archive = archives[i];
        w.out = keep ? &decoded[i] : &scratch;
        w.is_wheel = ends(archives[i], strlen(archives[i]), ".whl");
        int is_bzip2 = ends(archives[i], strlen(archives[i]), ".tar.bz2");
        if (is_bzip2 && own_bzip2) decode_own_bz2(&block, data, size, w.out, archives[i]);
        else if (is_bzip2) decode_bz2(data, size, w.out, archives[i]);
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

static void write_content(int fd, const Entry *e) {
    if (allocates && e->size >= 1 << 20 && fallocate(fd, 0, 0, e->size)) die("fallocate", e->name);
    for (size_t done = 0; done < e->size;) {
        size_t rest = e->size - done;
        ssize_t n = write(fd, e->data + done, rest < piece ? rest : piece);
        if (n < 0) die("write", e->name);
        done += n;
    }
    const struct timespec times[2] = {{1700000000, 0}, {1700000000, 0}};
    if (sets_times) futimens(fd, times);
    close(fd);
}

// Calls `each` for every entry, 64 at a time for each thread.
static void *write_entries(void (*each)(const Entry *, char *path, void *own), void *own) {
    for (;;) {
        size_t i = __atomic_fetch_add(&next_entry, 64, __ATOMIC_RELAXED), end = i + 64;
        if (i >= entry_count) return NULL;
        for (; i < end && i < entry_count; i++) {
            char path[8192];
            snprintf(path, sizeof path, "%s/%s", root, entries[i].name);
            each(&entries[i], path, own);
        }
    }
}

// What cannot be created is a path two packages have in different kinds.
static void write_entry(const Entry *e, int directory, const char *path) {
    if (e->type == '2') {
        if (symlinkat(e->data, directory, path)) {}
        return;
    }
    int fd = openat(directory, path, O_WRONLY | O_CREAT | O_CLOEXEC, e->mode);
    if (fd >= 0) write_content(fd, e);
}

static void write_by_path(const Entry *e, char *path, void *unused) {
    (void)unused;
    write_entry(e, AT_FDCWD, path);
}

typedef struct {
    char path[8192];
    int descriptor;
} Folder;

// As entries are sorted, those of one folder follow each other.
static void write_in_folder(const Entry *e, char *path, void *own) {
    Folder *folder = own;
    char *name = strrchr(path, '/');
    *name++ = 0;
    if (strcmp(path, folder->path)) {
        if (folder->path[0]) close(folder->descriptor);
        folder->descriptor = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        strcpy(folder->path, path);
    }
    write_entry(e, folder->descriptor, name);
}

static void *write_worker(void *unused) {
    (void)unused;
    return write_entries(write_by_path, NULL);
}

static void *write_worker_folders(void *unused) {
    (void)unused;
    Folder folder = {.path = ""};
    return write_entries(write_in_folder, &folder);
}

// One ring a thread; a chain of three for each file, whose descriptor is a slot of the ring's own table.
static void *write_worker_uring(void *unused) {
    (void)unused;
    enum { files = 32 };
    struct io_uring_params p = {0};
    int ring = syscall(SYS_io_uring_setup, files * 4, &p);
    if (ring < 0) die("no io_uring here", "");
    char *sq = mmap(0, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    char *cq = mmap(0, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
    struct io_uring_sqe *sqes = mmap(0, p.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
    int slots[files];
    memset(slots, -1, sizeof slots);
    if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, slots, files)) die("no table of files", "");
    static __thread char paths[files][8192];
    unsigned mask = p.sq_entries - 1, *tail = (unsigned *)(sq + p.sq_off.tail), *array = (unsigned *)(sq + p.sq_off.array);
    for (;;) {
        size_t i = __atomic_fetch_add(&next_entry, files, __ATOMIC_RELAXED), end = i + files;
        if (i >= entry_count) return NULL;
        unsigned at = *tail, count = 0;
        for (int slot = 0; i < end && i < entry_count; i++, slot++) {
            Entry *e = &entries[i];
            snprintf(paths[slot], sizeof paths[slot], "%s/%s", root, e->name);
            if (e->type == '2') { if (symlink(e->data, paths[slot])) {} continue; }
            for (int step = 0; step < 3; step++, count++) {
                struct io_uring_sqe *s = &sqes[(at + count) & mask];
                *s = (struct io_uring_sqe){.flags = step < 2 ? IOSQE_IO_HARDLINK : 0, .user_data = i};
                array[(at + count) & mask] = (at + count) & mask;
                if (step == 0) s->opcode = IORING_OP_OPENAT, s->fd = AT_FDCWD, s->addr = (uintptr_t)paths[slot], s->len = e->mode, s->open_flags = O_WRONLY | O_CREAT, s->file_index = slot + 1;
                if (step == 1) s->opcode = IORING_OP_WRITE, s->fd = slot, s->flags |= IOSQE_FIXED_FILE, s->addr = (uintptr_t)e->data, s->len = e->size;
                if (step == 2) s->opcode = IORING_OP_CLOSE, s->file_index = slot + 1;
            }
        }
        if (!count) continue;
        __atomic_store_n(tail, at + count, __ATOMIC_RELEASE);
        if (syscall(SYS_io_uring_enter, ring, count, count, IORING_ENTER_GETEVENTS, NULL, 0) < 0) die("io_uring_enter", "");
        unsigned *head = (unsigned *)(cq + p.cq_off.head);
        while (__atomic_load_n((unsigned *)(cq + p.cq_off.tail), __ATOMIC_ACQUIRE) - *head < count)
            syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
        __atomic_store_n(head, *head + count, __ATOMIC_RELEASE);
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
    int writing = !strncmp(argv[1], "write", 5), threads = atoi(argv[2]), first = writing ? 4 : 3;
    own_bzip2 = writing || !strcmp(argv[1], "decode-own");
    sets_times = strcmp(argv[1], "write-no-times") && strcmp(argv[1], "write-uring");
    allocates = !strcmp(argv[1], "write-allocated");
    if (allocates || !strcmp(argv[1], "write-pieces")) piece = 256 << 10;
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
    double made = now() - start;
    run(threads, !strcmp(argv[1], "write-folders") ? write_worker_folders : !strcmp(argv[1], "write-uring") ? write_worker_uring : write_worker);
    printf("%.3f %zu files, directories %.3f\n", now() - start, entry_count, made);
    return 0;
}
