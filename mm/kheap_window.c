#include "mm/kheap_window.h"

#include "core/status.h"
#include "mm/kheap_fast.h"
#include KHEAP_HOOKS

static size_t held;

static_assert((int)WINDOW_REGIONS_MAX <= (int)PLAN_REGIONS_MAX, "a heap has as many regions");
static_assert(WINDOW_REGIONS_MAX * HEAP_BLOCKS_MAX >= DIRECT_MAP_BYTES / HEAP_BLOCK_SIZE,
              "all memory fits the window");

/* Of a heap that has one block, which is free: it goes away, and as many come into view, all away, as there are in the window. So
 * nothing of the table's far end is touched. */
static void stretch(heap_t *heap, size_t blocks)
{
    heap->bins = (struct bins){.filled = {0}};
    heap_entry(heap, 0)->tag = TAG_INSIDE;
    heap->table.total = blocks;
    heap->lines = 0;
    heap->cleared = blocks;
    heap->reached = 0;
}

void kheap_window_open(const struct window_plan *plan)
{
    struct kheap *heap = kheap_state();
    struct plan regions = {.verdict = PLAN_OK};
    for (size_t first = 0; first < plan->blocks; first += HEAP_BLOCKS_MAX) {
        uint64_t start = plan->start + first * HEAP_BLOCK_SIZE;
        uint64_t table = plan->table + regions.region_count * WINDOW_TABLE_STRIDE;
        regions.regions[regions.region_count++] =
            (struct plan_region){{table, table + KHEAP_NOTES_BYTES + sizeof(HEAP_BLOCK_TABLE_ENTRY)},
                                 {start, start + HEAP_BLOCK_SIZE}};
    }
    kheap_use(&regions, 0);
    kheap_init();
    held = 0;
    for (size_t i = 0; i < heap->count; i++) {
        size_t left = plan->blocks - i * HEAP_BLOCKS_MAX;
        stretch(heap->regions[i].heap, left < HEAP_BLOCKS_MAX ? left : HEAP_BLOCKS_MAX);
        regions_relist(heap, heap->regions[i].heap);
    }
    kheap_see_cleared(heap);
}

int kheap_window_adopt(void *ptr, size_t blocks, bool live)
{
    struct kheap *heap = kheap_state();
    heap_t *region = regions_find(heap, (uintptr_t)ptr);
    size_t first = region != NULL ? heap_block_starting_at(region, ptr) : SIZE_MAX;
    if (region == NULL || first >= region->table.total || blocks == 0 || blocks > region->table.total - first) {
        return -EINVARG;
    }
    struct place place = {region, first};
    if (region->reached < first + blocks) {
        region->reached = first + blocks;
    }
    held += blocks;
    if (live) {
        owner_charge(kheap_here()->record, blocks);
        count_taken(heap, blocks);
        kheap_hold(heap, kheap_here()->record, place, blocks - 1);
    } else {
        heap_return(region, first, blocks - 1);
        regions_relist(heap, region);
    }
    return 0;
}

size_t kheap_window_part(void *ptr)
{
    struct kheap *heap = kheap_state();
    struct heap_refusal refusal;
    enum free_fault fault = kheap_explain(heap, kheap_owner(), ptr, &refusal);
    if (fault == FREE_OK && refusal.object_bytes != 0) {
        refusal.fault = FREE_SMALL;
    }
    if (refusal.fault != FREE_OK) {
        kheap_count_refusal(heap, &refusal);
        heap_refused(&refusal);
        return 0;
    }
    heap_t *region = regions_find(heap, (uintptr_t)ptr);
    struct place place = {region, heap_block_starting_at(region, ptr)};
    size_t blocks = heap_more(region, place.block) + 1;
    heap_entry(region, place.block)->tag = TAG_INSIDE; /* it is in no list: see kheap_window_open */
    kheap_here()->record->below += blocks;
    heap->below += blocks;
    held -= blocks;
    return blocks;
}

size_t kheap_window_part_free(void **ptr)
{
    struct kheap *heap = kheap_state();
    for (size_t i = 0; i < heap->count; i++) {
        heap_t *region = heap->regions[i].heap;
        size_t bin = bins_highest(&region->bins);
        if (bin == BINS_NONE) {
            continue;
        }
        size_t link = region->bins.first[bin];
        size_t first = heap_linked_block(link);
        size_t more = heap_more(region, first);
        heap_unlist_free(region, region->table.entries, link, bin, bin / 64);
        heap_entry(region, first)->tag = TAG_INSIDE;
        heap_entry(region, first + more)->tag = TAG_INSIDE;
        regions_relist(heap, region);
        held -= more + 1;
        *ptr = (void *)heap_block_address(region, first);
        return more + 1;
    }
    return 0;
}

size_t kheap_window_held(void)
{
    return held;
}
