// Linux calls that the C library declares only with _GNU_SOURCE, and what other systems have instead.
#define _GNU_SOURCE
#include "system_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
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

int pixi_punch_hole(int descriptor, int64_t offset, int64_t length) {
#if defined(__linux__) && defined(FALLOC_FL_PUNCH_HOLE)
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
#else
    (void)descriptor, (void)offset, (void)length;
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

void pixi_prefer_huge_pages(void *memory, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    madvise(memory, size, MADV_HUGEPAGE);
#else
    (void)memory, (void)size;
#endif
}

int pixi_open_unnamed(const char *directory) {
#if defined(__linux__) && defined(O_TMPFILE)
    return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
#else
    (void)directory;
    errno = EOPNOTSUPP;
    return -1;
#endif
}

extern char **environ;

char **pixi_environment(void) { return environ; }

int pixi_pipe(int *ends) {
#ifdef __linux__
    return pipe2(ends, O_CLOEXEC);
#else
    if (pipe(ends) == -1) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

int pixi_pipe_capacity(int end, int size) {
#ifdef F_SETPIPE_SZ
    return fcntl(end, F_SETPIPE_SZ, size);
#else
    (void)end;
    return size;
#endif
}

int pixi_spawn(pid_t *process, const char *path, char *const *arguments, char *const *environment,
               const char *directory, int input, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) return code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        // Signals we block or ignore are not the child's business.
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes, &signals);
        sigaddset(&signals, SIGPIPE);
        sigaddset(&signals, SIGXFSZ);
        posix_spawnattr_setsigdefault(&attributes, &signals);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        code = input < 0 ? posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
                         : posix_spawn_file_actions_adddup2(&actions, input, 0);
        if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, output, 1);
        if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, output, 2);
        if (code == 0 && directory != NULL) code = posix_spawn_file_actions_addchdir_np(&actions, directory);
        if (code == 0) code = posix_spawn(process, path, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int pixi_spawn_in_directory(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}
