#include "mm/kheap.h"

#include "core/assert.h"
#include "mm/heap_check.h"

/* A copy of the heap's start stands beside the pointer, so that finding an address touches no other record. */
struct region {
    uintptr_t start;
    heap_t *heap; /* at the start of the region's table */
};

/* A region's place in the ring of its bin. */
struct region_link {
    uint16_t next;
    uint16_t prev;
    uint16_t bin; /* BINS_NONE: full, in no ring */
};
static_assert(PLAN_REGIONS_MAX <= UINT16_MAX, "a region's number fits 16 bits");

static struct {
    const struct plan *plan; /* from kheap_use until kheap_init */
    uintptr_t base;

    size_t count; /* regions; 0: no heap yet */
    size_t used;
    size_t peak;
    size_t refused; /* frees of pointers that are in no region */

    struct region regions[PLAN_REGIONS_MAX]; /* sorted by start */
    struct bins bins;                        /* regions by longest free run: the highest filled bin of each */
    struct region_link links[PLAN_REGIONS_MAX];
} kheap;

static void list_region(size_t index, size_t bin)
{
    struct region_link *link = &kheap.links[index];
    link->bin = (uint16_t)bin;
    if (bin == BINS_NONE) {
        return;
    }
    bool filled = bins_filled(&kheap.bins, bin);
    size_t next = filled ? kheap.bins.first[bin] : index;
    size_t prev = filled ? kheap.links[next].prev : index;
    link->next = (uint16_t)next;
    link->prev = (uint16_t)prev;
    kheap.links[prev].next = (uint16_t)index;
    kheap.links[next].prev = (uint16_t)index;
    kheap.bins.first[bin] = (uint32_t)index;
    bins_set_filled(&kheap.bins, bin);
}

static void unlist_region(size_t index)
{
    const struct region_link *link = &kheap.links[index];
    if (link->bin == BINS_NONE) {
        return;
    }
    if (link->next == index) {
        bins_set_empty(&kheap.bins, link->bin);
        return;
    }
    kheap.bins.first[link->bin] = link->next;
    kheap.links[link->next].prev = link->prev;
    kheap.links[link->prev].next = link->next;
}

/* After every allocation and free: the longest free run may have moved to another bin. */
static void relist_region(size_t index)
{
    size_t bin = bins_highest(&kheap.regions[index].heap->bins);
    if (bin != kheap.links[index].bin) {
        unlist_region(index);
        list_region(index, bin);
    }
}

void kheap_use(const struct plan *plan, uintptr_t base)
{
    kheap.plan = plan;
    kheap.base = base;
}

static void create_region(size_t index, const struct plan_region *region)
{
    uintptr_t record = kheap.base + region->table.start;
    uintptr_t start = kheap.base + region->blocks.start;
    heap_t *heap = (heap_t *)record;
    heap_table_t table = {
        .entries = (HEAP_BLOCK_TABLE_ENTRY *)(record + KHEAP_RECORD_BYTES),
        .total = range_bytes(region->blocks) / HEAP_BLOCK_SIZE,
    };
    kassert(KHEAP_RECORD_BYTES + table.total * sizeof(HEAP_BLOCK_TABLE_ENTRY) <= range_bytes(region->table),
            "kheap: a region's table is too short for its record and its blocks");
    int status = create_heap(heap, &table, (void *)start, range_bytes(region->blocks));
    kassert(status == 0, "kheap: a region of the plan is not fit for a heap");
    kheap.regions[index] = (struct region){start, heap};
    list_region(index, bins_highest(&heap->bins));
}

void kheap_init(void)
{
    const struct plan *plan = kheap.plan;
    kassert(plan != NULL && plan->verdict == PLAN_OK, "kheap: there is no plan to build on");
    kheap.used = 0;
    kheap.peak = 0;
    kheap.refused = 0;
    kheap.bins = (struct bins){.filled = {0}};
    for (size_t i = 0; i < plan->region_count; i++) {
        create_region(i, &plan->regions[i]);
    }
    kheap.count = plan->region_count;
    kheap.plan = NULL;
}

static void *take_from(size_t index, size_t size)
{
    heap_t *heap = kheap.regions[index].heap;
    size_t before = heap->used;
    void *ptr = heap_malloc(heap, size);
    if (ptr != NULL) {
        kheap.used += heap->used - before;
        kheap.peak = kheap.used > kheap.peak ? kheap.used : kheap.peak;
        relist_region(index);
    }
    return ptr;
}

/* For when no region is sure to have a long enough run: it may be in the request's own bin. */
static void *take_from_own_bin(size_t bin, size_t size)
{
    if (!bins_filled(&kheap.bins, bin)) {
        return NULL;
    }
    size_t index = kheap.bins.first[bin];
    for (unsigned looks = 0; looks < KHEAP_REGION_LOOKS; looks++) {
        void *ptr = take_from(index, size);
        if (ptr != NULL) {
            return ptr;
        }
        index = kheap.links[index].next;
    }
    return NULL;
}

void *kmalloc(size_t size)
{
    size_t more = (size - 1) / HEAP_BLOCK_SIZE;
    if (more >= HEAP_BLOCKS_MAX) {
        return NULL; /* size 0 too: it wraps */
    }
    uintptr_t state = kheap_lock();
    size_t bin = bins_find(&kheap.bins, bins_fitting(more));
    void *ptr = bin != BINS_NONE ? take_from(kheap.bins.first[bin], size) : take_from_own_bin(bins_of(more), size);
    kheap_unlock(state);
    return ptr;
}

/* The region that holds the address, or kheap.count. */
static size_t region_index(uintptr_t address)
{
    size_t low = 0; /* every region below `low` starts at or before the address, none from `high` up does */
    size_t high = kheap.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kheap.regions[middle].start <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return kheap.count;
    }
    const heap_t *heap = kheap.regions[low - 1].heap;
    return address < heap_block_address(heap, heap->table.total) ? low - 1 : kheap.count;
}

/* Frees, under the lock, or fills in why not. */
static enum free_fault release(void *ptr, struct heap_refusal *refusal)
{
    size_t index = region_index((uintptr_t)ptr);
    if (index == kheap.count) {
        kheap.refused++;
        *refusal = (struct heap_refusal){.pointer = ptr, .fault = kheap.count == 0 ? FREE_NO_HEAP : FREE_OUTSIDE};
        return refusal->fault;
    }
    heap_t *heap = kheap.regions[index].heap;
    size_t before = heap->used;
    enum free_fault fault = heap_release(heap, ptr, refusal);
    kheap.used -= before - heap->used;
    relist_region(index);
    return fault;
}

int kheap_try_free(void *ptr)
{
    if (ptr == NULL) {
        return 0;
    }
    struct heap_refusal refusal;
    uintptr_t state = kheap_lock();
    enum free_fault fault = release(ptr, &refusal);
    kheap_unlock(state);
    if (fault == FREE_OK) {
        return 0;
    }
    heap_refused(&refusal);
    return -EINVARG;
}

void kfree(void *ptr)
{
    (void)kheap_try_free(ptr);
}

struct kheap_totals kheap_totals(void)
{
    struct kheap_totals totals = {.regions = kheap.count,
                                  .used = kheap.used,
                                  .peak = kheap.peak,
                                  .refused = kheap.refused};
    for (size_t i = 0; i < kheap.count; i++) {
        const heap_t *heap = kheap.regions[i].heap;
        size_t longest = heap_longest_free(heap);
        totals.blocks += heap->table.total;
        totals.live_runs += heap->live_runs;
        totals.free_runs += heap->free_runs;
        totals.refused += heap->refused;
        totals.longest_free = longest > totals.longest_free ? longest : totals.longest_free;
    }
    return totals;
}

const heap_t *kheap_region(size_t index)
{
    return index < kheap.count ? kheap.regions[index].heap : NULL;
}

const heap_t *kheap_region_of(const void *ptr)
{
    return kheap_region(region_index((uintptr_t)ptr));
}

const char *kheap_matches_plan(const struct plan *plan)
{
    if (kheap.count != plan->region_count) {
        return "the heap has not as many regions as the plan";
    }
    for (size_t i = 0; i < kheap.count; i++) {
        const heap_t *heap = kheap.regions[i].heap;
        const struct plan_region *region = &plan->regions[i];
        if (heap->start != kheap.base + region->blocks.start ||
            heap->table.total != range_bytes(region->blocks) / HEAP_BLOCK_SIZE) {
            return "a region's blocks are not where the plan has them";
        }
        if ((uintptr_t)heap != kheap.base + region->table.start) {
            return "a region's record is not where the plan has it";
        }
        if ((uintptr_t)heap->table.entries != kheap.base + region->table.start + KHEAP_RECORD_BYTES) {
            return "a region's entries are not right after its record";
        }
    }
    return NULL;
}

static const char *check_region(size_t index)
{
    const heap_t *heap = kheap.regions[index].heap;
    const char *broken = heap_check(heap);
    if (broken != NULL) {
        return broken;
    }
    if (heap->start != kheap.regions[index].start) {
        return "K1: a region is listed by where it starts";
    }
    if (index > 0) {
        const heap_t *before = kheap.regions[index - 1].heap;
        if (heap_block_address(before, before->table.total) > heap->start) {
            return "K1: regions are sorted and do not overlap";
        }
    }
    const struct region_link *link = &kheap.links[index];
    if (link->bin != bins_highest(&heap->bins)) {
        return "K2: a region is listed in the bin of its longest free run";
    }
    if (link->bin == BINS_NONE) {
        return NULL;
    }
    bool linked = bins_filled(&kheap.bins, link->bin) && kheap.links[link->next].prev == index &&
                  kheap.links[link->prev].next == index && kheap.links[link->next].bin == link->bin;
    return linked ? NULL : "K2: the links of a bin agree in both directions";
}

const char *kheap_check(void)
{
    size_t used = 0;
    for (size_t i = 0; i < kheap.count; i++) {
        const char *broken = check_region(i);
        if (broken != NULL) {
            return broken;
        }
        used += kheap.regions[i].heap->used;
    }
    return used == kheap.used && used <= kheap.peak ? NULL
                                                    : "K3: the count of used blocks is the sum of the regions'";
}
