// Linux calls that the C library declares only with _GNU_SOURCE, with what other systems have in their place.
#define _GNU_SOURCE
#include "system_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#include <sys/syscall.h>
#endif

int pixi_usable_cpus(void) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (int)count;
}

int64_t pixi_copy_file_range(int from, int64_t from_offset, int to, int64_t to_offset, int64_t count) {
#if defined(__linux__) && defined(SYS_copy_file_range)
    return syscall(SYS_copy_file_range, from, &from_offset, to, &to_offset, (size_t)count, 0u);
#else
    (void)from, (void)from_offset, (void)to, (void)to_offset, (void)count;
    errno = ENOSYS;
    return -1;
#endif
}

int pixi_rename_with_flags(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
#if defined(__linux__) && defined(SYS_renameat2)
    return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
#else
    (void)from_directory, (void)from, (void)to_directory, (void)to, (void)flags;
    errno = ENOSYS;
    return -1;
#endif
}

int pixi_sync_filesystem(int descriptor) {
#if defined(__linux__) && defined(SYS_syncfs)
    return (int)syscall(SYS_syncfs, descriptor);
#else
    (void)descriptor;
    sync();
    return 0;
#endif
}

int pixi_preallocate(int descriptor, int64_t size) {
#if defined(__linux__) && defined(SYS_fallocate)
    return (int)syscall(SYS_fallocate, descriptor, 0, (off_t)0, (off_t)size);
#else
    (void)descriptor, (void)size;
    errno = EOPNOTSUPP;
    return -1;
#endif
}
