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

const uint16_t size_class_bins[SIZE_CLASS_GRAINS] = {
#define X(class, above, bytes, blocks)                                                                               \
    [(above) / SIZE_CLASS_GRAIN...(bytes) / SIZE_CLASS_GRAIN - 1] = (class) * SIZE_CLASS_BIN_BYTES,
#define GAP(above, bytes) X(SIZE_CLASSES, above, bytes, 0)
#include "mm/size_class.def.h"
#undef X
#undef GAP
};

size_t size_class_of(size_t bytes)
{
    return size_class_bins[(bytes - 1) / SIZE_CLASS_GRAIN] / SIZE_CLASS_BIN_BYTES;
}
