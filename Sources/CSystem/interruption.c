// A signal handler may do next to nothing: it notes the signal, and the work stops where it is safe.
#include "interruption.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t noted;

static void note(int signal_number) { noted = signal_number; }

void pixi_note_interruptions(void) {
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) {
        struct sigaction old, action = {.sa_handler = note, .sa_flags = SA_RESETHAND | SA_RESTART};
        sigemptyset(&action.sa_mask);
        // nohup and the like keep their meaning.
        if (sigaction(signals[index], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(signals[index], &action, NULL);
        }
    }
}

int pixi_interruption(void) { return noted; }
