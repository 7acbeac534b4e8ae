// What must happen before the Swift runtime looks around, so that the executable also runs without /proc and next to
// foreign C libraries: see docs/architecture.md, "Start-up".
#define _GNU_SOURCE
#include "boot.h"

#include <stdlib.h>

#ifdef __linux__
#include <nss.h>
#include <netdb.h>

// The runtime reads the arguments from /proc/self/cmdline otherwise.
extern void _swift_stdlib_overrideUnsafeArgvArgc(char **argv, int argc) __attribute__((weak));

__attribute__((constructor(101))) static void pixi_boot(int argc, char **argv, char **environment) {
    (void)environment;
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
#endif

void pixi_boot_finish(void) {
    unsetenv("SWIFT_BACKTRACE");
}
