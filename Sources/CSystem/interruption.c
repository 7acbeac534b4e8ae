// A signal handler may do almost nothing: it notes the signal, and the work stops at the next safe place.
#include "interruption.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

// All threads read it. A handler may write it because no lock is involved.
static atomic_int noted;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler must not wait for a lock");

static void note(int signal_number) { atomic_store_explicit(&noted, signal_number, memory_order_relaxed); }

void pixi_note_interruptions(void) {
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) {
        struct sigaction old, action = {.sa_handler = note, .sa_flags = SA_RESETHAND | SA_RESTART};
        sigemptyset(&action.sa_mask);
        // A signal that is ignored (nohup) stays ignored.
        if (sigaction(signals[index], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(signals[index], &action, NULL);
        }
    }
}

int pixi_interruption(void) { return atomic_load_explicit(&noted, memory_order_relaxed); }
