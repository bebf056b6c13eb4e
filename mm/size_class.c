#include "mm/size_class.h"

#define CLASS(bytes, blocks_)                                                                                        \
    {                                                                                                                \
        .reciprocal = (uint32_t)(((UINT64_C(1) << 32) + (bytes)-1) / (bytes)), .size = (bytes), .blocks = (blocks_), \
    }

const struct size_class size_classes[SIZE_CLASSES] = {
#define X(class, above, bytes, blocks) [class] = CLASS(bytes, blocks),
#define GAP(above, bytes)
#include "mm/size_class.def.h"
#undef X
#undef GAP
};

/* For each multiple of SIZE_CLASS_GRAIN. */
static const uint8_t class_of[SIZE_CLASS_LONGEST / SIZE_CLASS_GRAIN] = {
#define X(class, above, bytes, blocks) [(above) / SIZE_CLASS_GRAIN...(bytes) / SIZE_CLASS_GRAIN - 1] = (class),
#define GAP(above, bytes)              X(SIZE_CLASSES, above, bytes, 0)
#include "mm/size_class.def.h"
#undef X
#undef GAP
};

size_t size_class_of(size_t bytes)
{
    return class_of[(bytes - 1) / SIZE_CLASS_GRAIN];
}
