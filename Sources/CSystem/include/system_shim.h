#ifndef PIXI_PACK_SYSTEM_SHIM_H
#define PIXI_PACK_SYSTEM_SHIM_H
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// CPUs the scheduler may put this process on; at least 1.
int pixi_usable_cpus(void);

/// `copy_file_range(2)` from and to given offsets; -1 and `errno` (ENOSYS where the system has no such call).
int64_t pixi_copy_file_range(int from, int64_t from_offset, int to, int64_t to_offset, int64_t count);

/// `fallocate(2)`: the bytes become zeros that take no room; -1 and `errno` (ENOSYS or EOPNOTSUPP where it cannot be done).
int pixi_punch_hole(int descriptor, int64_t offset, int64_t length);

/// `renameat2(2)`; `flags`: 1 = do not replace, 2 = exchange. -1 and `errno` (ENOSYS where there is none).
int pixi_rename_with_flags(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);

/// Asks for large pages for memory that is used all over; nothing happens where there are none.
void pixi_prefer_huge_pages(void *memory, size_t size);

/// A new file without a name in a directory, open for reading and writing, mode 0600; -1 and `errno` (EOPNOTSUPP, EISDIR
/// or EINVAL where it cannot be done).
int pixi_open_unnamed(const char *directory);

/// The variables of this process, ended by NULL.
char **pixi_environment(void);

/// `pipe(2)` whose ends are closed in programs started later; `ends[0]` reads, `ends[1]` writes.
int pixi_pipe(int *ends);

/// How many bytes a pipe holds (`fcntl(2)` with `F_SETPIPE_SZ`, where there is that); -1 and errno if the system allows no more.
int pixi_pipe_capacity(int end, int size);

/// `posix_spawn(3)` with standard input from /dev/null, output and error to `output`, in `directory` (NULL: ours).
/// Returns 0 or an error number.
int pixi_spawn(pid_t *process, const char *path, char *const *arguments, char *const *environment,
               const char *directory, int input, int output);

/// Makes a child started with these actions run in another directory; the error number, 0 if there is none.
int pixi_spawn_in_directory(posix_spawn_file_actions_t *actions, const char *path);

#endif
