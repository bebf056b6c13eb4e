#include "mm/kheap.h"
#include "mm/plan.h"

struct plan_policy plan_policy_default(void)
{
    return (struct plan_policy){
        .piece_min_bytes = HEAP_PIECE_MIN_BYTES,
        .direct_map_bytes = DIRECT_MAP_BYTES,
        .region_blocks_max = HEAP_BLOCKS_MAX,
        .entry_bytes = sizeof(HEAP_BLOCK_TABLE_ENTRY),
        .record_bytes = KHEAP_NOTES_BYTES,
    };
}
