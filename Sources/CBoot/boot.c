// What must happen before the Swift runtime looks around, so that the executable also runs without /proc and next to
// foreign C libraries: see docs/architecture.md, "Start-up".
#define _GNU_SOURCE
#include "boot.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

// The start script of a self-extracting pack copies this program into a directory made for it alone and runs it with
// this word. A running program needs no name: the script removes both and runs the open file; where it cannot, they are
// removed here, before anything can go wrong.
static const char own_copy_word[] = "--run-self-extracting-pack-1";
// The open file as the script runs it. The descriptor is not for the program, nor for what it starts.
static const char open_copy[] = "/proc/self/fd/9";
static const char program_name[] = "pixi-unpack";
_Static_assert(sizeof program_name <= sizeof open_copy, "the name is written over the path");

static void remove_own_copy(int argc, char **argv) {
    if (argc < 2 || strcmp(argv[1], own_copy_word) != 0) return;
    if (strcmp(argv[0], open_copy) == 0) {
        close(9);
        // Lists of processes would show the descriptor.
        memset(argv[0], 0, sizeof open_copy);
        memcpy(argv[0], program_name, sizeof program_name);
#ifdef __linux__
        prctl(PR_SET_NAME, program_name);
#endif
        return;
    }
    char directory[4096];
    size_t length = strlen(argv[0]);
    if (length >= sizeof directory) return;
    memcpy(directory, argv[0], length + 1);
    char *name = strrchr(directory, '/');
    if (name == NULL || strcmp(name, "/pixi-unpack") != 0) return;
    *name = 0;
    char *folder = strrchr(directory, '/');
    folder = folder == NULL ? directory : folder + 1;
    if (strncmp(folder, ".pixi-unpack.", 13) != 0) return;
    unlink(argv[0]);
    rmdir(directory);
}

#ifdef __linux__
#include <nss.h>
#include <netdb.h>

// The runtime reads the arguments from /proc/self/cmdline otherwise.
extern void _swift_stdlib_overrideUnsafeArgvArgc(char **argv, int argc) __attribute__((weak));

__attribute__((constructor(101))) static void pixi_boot(int argc, char **argv, char **environment) {
    (void)environment;
    remove_own_copy(argc, argv);
    // The backtracer's initialisation reads /proc/self/exe and aborts when it is not there.
    setenv("SWIFT_BACKTRACE", "enable=no,swift-backtrace=/none", 1);
    if (_swift_stdlib_overrideUnsafeArgvArgc) _swift_stdlib_overrideUnsafeArgvArgc(argv, argc);
#ifdef BOOT_STATIC
    // A static glibc would dlopen the host's NSS modules, built for another glibc, and crash.
    __nss_configure_lookup("hosts", "files dns");
    __nss_configure_lookup("passwd", "files");
    __nss_configure_lookup("group", "files");
    __nss_configure_lookup("services", "files");
#endif
}
#else
__attribute__((constructor(101))) static void pixi_boot(int argc, char **argv) { remove_own_copy(argc, argv); }
#endif

#ifdef BOOT_STATIC
// swift-argument-parser has commands that run asynchronously, this program has none: the runtime's tasks and threads, which would
// come along for them, stay out of the executable. Nothing ever calls these.
void swift_task_alloc(void) { abort(); }
void swift_task_dealloc(void) { abort(); }
void swift_task_switch(void) { abort(); }

// What the standard library asks for the name of a character (`Unicode.Scalar.Properties.name`): it has none. See Package.swift.
intptr_t boot_no_character_name(uint32_t scalar, uint8_t *name, intptr_t capacity) {
    (void)scalar, (void)name, (void)capacity;
    return 0;
}
#endif

void pixi_boot_finish(void) {
    unsetenv("SWIFT_BACKTRACE");
}
