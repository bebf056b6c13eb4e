/* The size classes of small objects: every multiple of 16 to 128, then five to seven for each power of two. At most 15 bytes
 * of an object are lost below 128 bytes, and 12.5 % up to nearly a block. Powers of two up to 2048 are classes, and their
 * objects are naturally aligned, since a slab starts on a block's boundary. Above a block, where a run loses up to half,
 * there are classes for what lies well below the next whole block: they lose at most 20 %. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIZE_CLASSES = 43,
    SIZE_CLASS_GRAIN = 16,      /* every size is a multiple             */
    SIZE_CLASS_LONGEST = 14336, /* bytes in the last class             */
    SIZE_CLASS_GRAINS = SIZE_CLASS_LONGEST / SIZE_CLASS_GRAIN,
    SIZE_CLASS_BIN_BYTES = 48, /* from one class's bin of an owner to the next's (mm/slab.h) */
    SLAB_BLOCKS_MAX = 8,
    SLAB_OBJECTS_MAX = 256,
};

struct size_class {
    uint32_t reciprocal; /* 2^32 / size, rounded up: divides an offset in a slab exactly */
    uint16_t size;       /* bytes                                                        */
    uint8_t blocks;      /* in the largest slab, at most SLAB_BLOCKS_MAX                 */
};

extern const struct size_class size_classes[SIZE_CLASSES]; /* from the smallest up */

/* For each multiple of the grain, less one: how far behind an owner's first bin that of its class stands; where there is no
 * class, one more than the last. */
extern const uint16_t size_class_bins[SIZE_CLASS_GRAINS];

/* The class for `bytes`, 1 to SIZE_CLASS_LONGEST; SIZE_CLASSES where there is none. */
size_t size_class_of(size_t bytes);

/* Whether the size has a class. */
static inline bool size_is_small(size_t bytes)
{
    return bytes - 1 < SIZE_CLASS_LONGEST && size_class_of(bytes) != SIZE_CLASSES;
}
