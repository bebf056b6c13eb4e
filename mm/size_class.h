/* The size classes of small objects: every multiple of 16 to 128, then six or seven for each power of two. At most 15 bytes
 * of an object are lost below 128 bytes, and 12.5 % above. Powers of two are classes, and their objects are naturally
 * aligned, since a slab starts on a block's boundary. Longer requests are runs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    SIZE_CLASSES = 38,
    SIZE_CLASS_GRAIN = 16,     /* every size is a multiple               */
    SIZE_CLASS_LONGEST = 3584, /* bytes in the last class              */
    SLAB_BLOCKS_MAX = 8,
    SLAB_OBJECTS_MAX = 256,
};

struct size_class {
    uint32_t reciprocal; /* 2^32 / size, rounded up: divides an offset in a slab exactly    */
    uint16_t size;       /* bytes                                                           */
    uint8_t blocks;      /* in a slab, at most SLAB_BLOCKS_MAX                              */
    uint8_t last_object; /* its number: objects in a slab, less one; below SLAB_OBJECTS_MAX */
};

extern const struct size_class size_classes[SIZE_CLASSES]; /* from the smallest up */

/* The class for `bytes`, 1 to SIZE_CLASS_LONGEST. */
size_t size_class_of(size_t bytes);
