/* The regions of the kernel heap: which one serves, and which one holds an address. */
#include "core/assert.h"
#include "mm/heap_check.h"
#include "mm/heap_runs.h"
#include "mm/kheap_state.h"

static void list_region(struct kheap *heap, size_t index, size_t bin)
{
    struct region_link *link = &heap->links[index];
    link->bin = (uint16_t)bin;
    if (bin == BINS_NONE) {
        return;
    }
    bool filled = bins_filled(&heap->bins, bin);
    size_t next = filled ? heap->bins.first[bin] : index;
    size_t prev = filled ? heap->links[next].prev : index;
    link->next = (uint16_t)next;
    link->prev = (uint16_t)prev;
    heap->links[prev].next = (uint16_t)index;
    heap->links[next].prev = (uint16_t)index;
    heap->bins.first[bin] = (uint32_t)index;
    bins_set_filled(&heap->bins, bin);
}

static void unlist_region(struct kheap *heap, size_t index)
{
    const struct region_link *link = &heap->links[index];
    if (link->bin == BINS_NONE) {
        return;
    }
    if (link->next == index) {
        bins_set_empty(&heap->bins, link->bin);
        return;
    }
    heap->bins.first[link->bin] = link->next; /* whichever leaves: any of a ring may be the first */
    heap->links[link->next].prev = link->prev;
    heap->links[link->prev].next = link->next;
}

/* The current region is in no bin: allocations from it, and frees, need not look after one. */
static void make_current(struct kheap *heap, size_t index)
{
    heap_t *region = heap->regions[index].heap;
    if (heap->heap != NULL) {
        list_region(heap, heap->current, bins_highest(&heap->heap->bins));
    }
    unlist_region(heap, index);
    heap->links[index].bin = BINS_NONE;
    heap->current = index;
    heap->heap = region;
    heap->start = region->start;
    heap->entries = region->table.entries;
    heap->proven = heap_link(region->cleared);
    heap->cleared = region->cleared;
}

/* The place of the address's region in `regions`, or the count. */
static size_t index_of(const struct kheap *heap, uintptr_t address)
{
    size_t low = 0; /* every region below `low` starts at or before the address, none from `high` up does */
    size_t high = heap->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (heap->regions[middle].start <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return heap->count;
    }
    const heap_t *region = heap->regions[low - 1].heap;
    return address < heap_block_address(region, region->table.total) ? low - 1 : heap->count;
}

heap_t *regions_find(const struct kheap *heap, uintptr_t address)
{
    if (heap->heap != NULL && address - heap->start < heap->heap->table.total * HEAP_BLOCK_SIZE) {
        return heap->heap;
    }
    size_t index = index_of(heap, address);
    return index < heap->count ? heap->regions[index].heap : NULL;
}

size_t regions_index(const struct kheap *heap, const heap_t *region)
{
    return region == heap->heap ? heap->current : index_of(heap, region->start);
}

void regions_relist(struct kheap *heap, heap_t *region)
{
    if (region == heap->heap) {
        return;
    }
    size_t index = regions_index(heap, region);
    size_t bin = bins_highest(&region->bins);
    if (bin != heap->links[index].bin) {
        unlist_region(heap, index);
        list_region(heap, index, bin);
    }
}

/* Where no region is sure to have a run that is long enough, some region of the request's own bin may have one. */
static bool choose_in_own_bin(struct kheap *heap, size_t bin, size_t more)
{
    if (!bins_filled(&heap->bins, bin)) {
        return false;
    }
    size_t index = heap->bins.first[bin];
    for (unsigned looks = 0; looks < KHEAP_REGION_LOOKS; looks++) {
        if (heap_find_bin(heap->regions[index].heap, more) != BINS_NONE) {
            make_current(heap, index);
            return true;
        }
        index = heap->links[index].next;
    }
    return false;
}

bool regions_choose(struct kheap *heap, size_t more)
{
    size_t bin = bins_find(&heap->bins, bins_fitting(more));
    if (bin == BINS_NONE) {
        return choose_in_own_bin(heap, bins_of(more), more);
    }
    make_current(heap, heap->bins.first[bin]);
    return true;
}

static void create_region(struct kheap *heap, size_t index, const struct plan_region *region)
{
    uintptr_t record = heap->base + region->table.start;
    uintptr_t start = heap->base + region->blocks.start;
    heap_table_t table = {
        .entries = (HEAP_BLOCK_TABLE_ENTRY *)(record + KHEAP_RECORD_BYTES),
        .total = range_bytes(region->blocks) / HEAP_BLOCK_SIZE,
    };
    kassert(KHEAP_NOTES_BYTES + table.total * sizeof(HEAP_BLOCK_TABLE_ENTRY) <= range_bytes(region->table),
            "kheap: a region's table is too short for its record and its blocks");
    int status = create_heap((heap_t *)record, &table, (void *)start, range_bytes(region->blocks));
    kassert(status == 0, "kheap: a region of the plan is not fit for a heap");
    table.entries[table.total].tag = TAG_INSIDE; /* the guards */
    heap_linked(table.entries, 0)[-1].tag = TAG_INSIDE;
    heap->regions[index] = (struct region){start, (heap_t *)record};
    list_region(heap, index, bins_highest(&heap->regions[index].heap->bins));
}

void regions_init(struct kheap *heap)
{
    const struct plan *plan = heap->plan;
    kassert(plan != NULL && plan->verdict == PLAN_OK, "kheap: there is no plan to build on");
    heap->heap = NULL;
    heap->bins = (struct bins){.filled = {0}};
    size_t longest = 0;
    for (size_t i = 0; i < plan->region_count; i++) {
        create_region(heap, i, &plan->regions[i]);
        if (heap->regions[i].heap->table.total > heap->regions[longest].heap->table.total) {
            longest = i;
        }
    }
    heap->count = plan->region_count;
    heap->plan = NULL;
    make_current(heap, longest);
}

static const char *check_region(const struct kheap *heap, size_t index)
{
    const heap_t *region = heap->regions[index].heap;
    const char *broken = heap_check(region);
    if (broken != NULL) {
        return broken;
    }
    if (region->start != heap->regions[index].start) {
        return "K1: a region is listed by where it starts";
    }
    if (index > 0) {
        const heap_t *before = heap->regions[index - 1].heap;
        if (heap_block_address(before, before->table.total) > region->start) {
            return "K1: regions are sorted and do not overlap";
        }
    }
    const HEAP_BLOCK_TABLE_ENTRY *entries = region->table.entries;
    if (entries[-1].tag != TAG_INSIDE || entries[region->table.total].tag != TAG_INSIDE) {
        return "K4: the guards before a region's first entry and after its last say that they are inside a run";
    }
    const struct region_link *link = &heap->links[index];
    if (link->bin != (region == heap->heap ? (size_t)BINS_NONE : bins_highest(&region->bins))) {
        return "K2: a region is listed in the bin of its longest free run, the current one nowhere";
    }
    return NULL;
}

/* Adds the regions that `bin` lists to `listed`. Ends: links that agree lead back to the first one. */
static const char *check_ring(const struct kheap *heap, size_t bin, size_t *listed)
{
    size_t first = heap->bins.first[bin];
    size_t index = first;
    do {
        if (index >= heap->count || heap->links[index].bin != bin) {
            return "K2: a filled bin lists the regions that it is the bin of";
        }
        size_t next = heap->links[index].next;
        if (next < heap->count && heap->links[next].prev != index) {
            return "K2: the links of a bin agree in both directions";
        }
        ++*listed;
        index = next;
    } while (index != first);
    return NULL;
}

static const char *check_rings(const struct kheap *heap)
{
    size_t listed = 0;
    for (size_t bin = bins_find(&heap->bins, 0); bin != BINS_NONE; bin = bins_after(&heap->bins, bin)) {
        const char *broken = check_ring(heap, bin, &listed);
        if (broken != NULL) {
            return broken;
        }
    }
    for (size_t i = 0; i < heap->count; i++) {
        listed -= heap->links[i].bin != BINS_NONE;
    }
    return listed == 0 ? NULL : "K2: every region that has a bin is listed there";
}

static const char *check_current(const struct kheap *heap)
{
    const heap_t *region = heap->heap;
    bool right = heap->current < heap->count && heap->regions[heap->current].heap == region &&
                 heap->start == region->start && heap->entries == region->table.entries &&
                 heap->cleared <= region->cleared && heap->proven == heap_link(heap->cleared);
    return right ? NULL : "K2: what is kept of the current region is what it says, or said before";
}

const char *regions_check(const struct kheap *heap)
{
    size_t used = 0;
    for (size_t i = 0; i < heap->count; i++) {
        const char *broken = check_region(heap, i);
        if (broken != NULL) {
            return broken;
        }
        used += heap_census(heap->regions[i].heap).used;
    }
    const char *broken = check_rings(heap);
    if (broken == NULL) {
        broken = check_current(heap);
    }
    if (broken == NULL && used != kheap_used(heap)) {
        broken = "K3: the count of used blocks is the sum of the regions'";
    }
    return broken;
}
