#include "mm/heap_word.h"

#include "mm/heap_table.h"
#include "mm/kheap_state.h"

typedef unsigned long long hex_t; /* as the format has it */

static void say_owner(const struct kheap *heap, owner_t number, print_fn *print)
{
    const struct owner *owner = owner_record(heap, number);
    if (owner != NULL) {
        print("`%.*s`", OWNER_NAME_BYTES, owner->name);
    } else {
        print("owner 0x%x", (unsigned)number);
    }
}

/* "the start of", or how far in the thing that starts there. */
static void say_offset(uintptr_t address, uintptr_t start, print_fn *print)
{
    if (address == start) {
        print("the start of ");
    } else {
        print("0x%llx inside ", (hex_t)(address - start));
    }
}

static void say_live_run(const struct kheap *heap, const heap_t *region, struct heap_run run, print_fn *print)
{
    print("a %zu-block run of ", run.blocks);
    say_owner(heap, tag_owner(heap_entry(region, run.first)->tag), print);
    print(" (0x%llx)", (hex_t)heap_block_address(region, run.first));
}

static bool is_in_slab(const heap_t *region, size_t block)
{
    return heap_written(region, block) && tag_is_slab(heap_entry(region, block)->tag);
}

static void say_in_slab(const struct kheap *heap, const struct slab *slab, uintptr_t address, print_fn *print)
{
    size_t size = size_classes[slab->class].size;
    size_t object = (address - slab->start) / size;
    uintptr_t start = slab->start + object * size;
    if (object > slab->last_object) {
        start = slab->start + ((size_t)slab->last_object + 1) * size;
        print("0x%llx past the end of the last %zu-byte object in a slab of ", (hex_t)(address - start), size);
        start = slab->start;
    } else {
        bool free = (slab->free[object / 64] >> (object % 64) & 1) != 0;
        say_offset(address, start, print);
        print("a %s%zu-byte object %s ", free ? "free " : "", size, free ? "in a slab of" : "of");
    }
    say_owner(heap, slab->owner, print);
    print(" (0x%llx)", (hex_t)start);
}

/* Whether the block before `block` is live; then "0x... past the end of ..." it. */
static bool say_past_end(const struct kheap *heap, const heap_t *region, size_t block, uintptr_t address,
                         print_fn *print)
{
    struct heap_run below = block > 0 ? heap_run_over(region, block - 1) : (struct heap_run){0, 0, false};
    if (!below.live) {
        return false;
    }
    print("0x%llx past the end of ", (hex_t)(address - heap_block_address(region, block)));
    if (below.blocks == 0) {
        print("a long live run");
    } else if (is_in_slab(region, below.first)) {
        const struct slab *slab = heap_entry(region, below.first)->slab;
        print("a slab of %u-byte objects of ", (unsigned)size_classes[slab->class].size);
        say_owner(heap, slab->owner, print);
        print(" (0x%llx)", (hex_t)slab->start);
    } else {
        say_live_run(heap, region, below, print);
    }
    return true;
}

static void say_in_run(const struct kheap *heap, const heap_t *region, uintptr_t address, print_fn *print)
{
    size_t block = (address - region->start) / HEAP_BLOCK_SIZE;
    struct heap_run run = heap_run_over(region, block);
    if (run.blocks == 0) {
        print("in a %s run with no end within %d blocks", run.live ? "live" : "long", (int)HEAP_SEARCH_BLOCKS);
    } else if (run.live) {
        say_offset(address, heap_block_address(region, run.first), print);
        say_live_run(heap, region, run, print);
    } else {
        bool past = say_past_end(heap, region, block, address, print);
        print("%sin a free block (%zu from 0x%llx)", past ? ", " : "", run.blocks,
              (hex_t)heap_block_address(region, run.first));
    }
}

/* Of what a region's record and entries lie in: from the record, right before the blocks. */
static bool say_in_table(const struct kheap *heap, uintptr_t address, print_fn *print)
{
    for (size_t i = 0; i < heap->count; i++) {
        const heap_t *region = heap->regions[i].heap;
        uintptr_t entries = (uintptr_t)region->table.entries;
        if (address - (uintptr_t)region >= region->start - (uintptr_t)region) {
            continue;
        }
        size_t block = (address - entries) / sizeof(HEAP_BLOCK_TABLE_ENTRY); /* of the record: past all */
        print("metadata of the heap: ");
        if (block < region->table.total) {
            print("the entry of block %zu", block);
        } else {
            print(address < entries ? "the record" : "nothing, behind the entries");
        }
        print(" of the region at 0x%llx", (hex_t)region->start);
        return true;
    }
    return false;
}

bool heap_word(uintptr_t address, print_fn *print)
{
    const struct kheap *heap = kheap_state();
    const heap_t *region = regions_find(heap, address);
    if (region == NULL) {
        const heap_t *before = regions_find(heap, address - HEAP_BLOCK_SIZE);
        return say_in_table(heap, address, print) ||
               (before != NULL && say_past_end(heap, before, before->table.total, address, print));
    }
    size_t block = (address - region->start) / HEAP_BLOCK_SIZE;
    if (is_in_slab(region, block)) {
        say_in_slab(heap, heap_entry(region, block)->slab, address, print);
    } else {
        say_in_run(heap, region, address, print);
    }
    return true;
}
