#include "mm/size_class.h"

#include "core/config.h"

#define OBJECTS(bytes, blocks_) ((blocks_)*HEAP_BLOCK_SIZE / (bytes))
#define CLASS(bytes, blocks_)                                                                                        \
    {                                                                                                                \
        .reciprocal = (uint32_t)(((UINT64_C(1) << 32) + (bytes)-1) / (bytes)), .size = (bytes), .blocks = (blocks_), \
        .last_object = OBJECTS(bytes, blocks_) - 1                                                                   \
    }

const struct size_class size_classes[SIZE_CLASSES] = {
#define X(class, before, bytes, blocks) [class] = CLASS(bytes, blocks),
#include "mm/size_class.def.h"
#undef X
};

/* For each multiple of SIZE_CLASS_GRAIN. */
static const uint8_t class_of[SIZE_CLASS_LONGEST / SIZE_CLASS_GRAIN] = {
#define X(class, before, bytes, blocks) [(before) / SIZE_CLASS_GRAIN...(bytes) / SIZE_CLASS_GRAIN - 1] = (class),
#include "mm/size_class.def.h"
#undef X
};

size_t size_class_of(size_t bytes)
{
    return class_of[(bytes - 1) / SIZE_CLASS_GRAIN];
}
