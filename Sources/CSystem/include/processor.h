#ifndef PIXI_PACK_PROCESSOR_H
#define PIXI_PACK_PROCESSOR_H

/// The level (1 to 4) of the x86-64 family this processor and system reach; 0 on others.
int pixi_x86_64_level(void);

#endif
