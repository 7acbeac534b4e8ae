#ifndef PIXI_PACK_BOOT_H
#define PIXI_PACK_BOOT_H

/// Undoes what the start-up constructor put into the environment. Call first thing in `main`, so that child processes
/// do not inherit it.
void pixi_boot_finish(void);

#endif
