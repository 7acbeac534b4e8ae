#ifndef PIXI_PACK_INTERRUPTION_H
#define PIXI_PACK_INTERRUPTION_H

/// From now on SIGINT, SIGTERM and SIGHUP are only noted, once each: the next one ends the process as usual.
void pixi_note_interruptions(void);

/// The signal that was noted, 0 if none.
int pixi_interruption(void);

#endif
