/* The paths of runs through kmalloc and kfree: a part of mm/kheap.c, and for no other file. Each is a chain of steps, and
 * each step ends with a jump to the next one (or back to the caller), with what that one needs in registers: so hardly a
 * register is ever saved, which is where much of a path's time would go. They name runs by the links to them
 * (mm/heap_table.h). The first block and the last need no exception: guards stand beside their
 * entries. */
#pragma once

#include "mm/kheap_fast.h"
#include KHEAP_HOOKS

#define STEP static __attribute__((noinline))

static struct kheap kheap;

/* mm/kheap.c: whatever these paths leave over. */
static void *allocate_slowly(size_t size, uintptr_t state);
static int free_slowly(void *ptr, uintptr_t state);

/* Of a run of the current region, by its link. */
static inline uintptr_t run_address(size_t link)
{
    return kheap.start + link * (HEAP_BLOCK_SIZE / 2);
}

static inline size_t link_of(const void *run)
{
    return ((uintptr_t)run - kheap.start) / (HEAP_BLOCK_SIZE / 2);
}

/* Blocks between the start of a free run, which has `left` more than it must, and the boundary that a run of `size` bytes
 * would best have: 0 where the size is no power of two or there is no such boundary. Asked of long free runs only, and of
 * those whose end was never used: in others a boundary costs a second rest, and such rests add up. */
HEAP_INLINE size_t padding(size_t size, size_t first, size_t left)
{
    if (LIKELY((size & (size - 1)) != 0)) {
        return 0;
    }
    size_t pad = (-run_address(first) & (size - 1)) / HEAP_BLOCK_SIZE;
    return pad <= left ? pad : 0;
}

/* A run of no more than BINS_EXACT blocks for any owner, off a free run of any length, that makes a new peak or not.
 * Unlocks. */
STEP void *allocate_any_run(size_t size, uintptr_t state)
{
    heap_t *heap = kheap.heap;
    struct owner *owner = kheap_here()->record;
    size_t more = (size - 1) / HEAP_BLOCK_SIZE;
    if (!LIKELY(more < BINS_EXACT) || !LIKELY(owner_may_hold(owner, more + 1))) {
        return allocate_slowly(size, state); /* before kheap_init too: nobody may hold anything */
    }
    uint64_t fitting = heap->bins.filled[0] >> more;
    size_t bin = fitting != 0 ? more + (unsigned)__builtin_ctzll(fitting) : bins_find_long(&heap->bins);
    if (!LIKELY(bin != BINS_NONE)) {
        return allocate_slowly(size, state);
    }
    size_t first = heap->bins.first[bin];
    size_t left = (bin < BINS_EXACT ? bin : heap_more(heap, heap_linked_block(first))) - more;
    bool fresh = first + heap_link(more + 1) >= kheap.proven;
    size_t before = bin >= BINS_EXACT || fresh ? padding(size, first, left) : 0;
    owner_charge(owner, more + 1);
    count_taken(&kheap, more + 1);
    if (before != 0) {
        first = heap_link(heap_cut_middle(heap, bin, before, more + 1, left - before));
    } else if (fresh && left != 0) {
        size_t lines = heap->lines;
        heap_write_entries(heap, heap_linked_block(first) + more);
        if (heap->lines == lines + 1) {
            heap_clear_on(heap); /* a second one, but no third; and one in any case, so that one day all are */
        }
        heap_cut_front(heap, bin, more + 1, left);
    } else {
        heap_cut_front(heap, bin, more + 1, left);
    }
    kheap_see_cleared(&kheap);
    heap_linked(kheap.entries, first)->tag = TAG_LIVE | (uint32_t)more << TAG_MORE_SHIFT | owner->number;
    if (owner->runs != NULL) {
        list_run(kheap.entries, first, &owner->runs[kheap.current]);
    }
    kheap_unlock(state);
    return (void *)run_address(first);
}

/* The first free run of `bin` becomes a live one whole, or its front does. Charged and counted already. Unlock. */
STEP void *take_whole(size_t more, uint32_t tag, uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = kheap.entries;
    heap_t *heap = kheap.heap;
    size_t first = heap->bins.first[more];
    heap_linked(entries, first + heap_link(more))->tag = TAG_INSIDE; /* it was the last of the free run */
    heap_linked(entries, first)->tag = tag;
    heap_pop_free(heap, first, heap_linked(entries, first)->next, more, 0);
    kheap_unlock(state);
    return (void *)run_address(first);
}

STEP void *take_front(heap_t *heap, size_t blocks, size_t left, size_t bin, uint32_t tag, uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = kheap.entries;
    HEAP_KNOWN(bin < BINS_EXACT);
    size_t first = heap->bins.first[bin];
    heap_linked(entries, first)->tag = tag;
    heap_pop_free(heap, first, heap_linked(entries, first)->next, bin, 0);
    heap_set_short_free(heap, entries, first + heap_link(blocks), left);
    kheap_unlock(state);
    return (void *)run_address(first);
}

/* Either, for an owner who has lists. */
STEP void *take_listed(size_t more, size_t bin, struct owner *owner, uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = kheap.entries;
    heap_t *heap = kheap.heap;
    size_t first = heap->bins.first[bin];
    heap_pop_free(heap, first, heap_linked(entries, first)->next, bin, 0);
    if (bin != more) {
        heap_set_short_free(heap, entries, first + heap_link(more + 1), bin - more - 1);
    } else {
        heap_linked(entries, first + heap_link(more))->tag = TAG_INSIDE; /* it was the last of the free run */
    }
    heap_linked(entries, first)->tag = TAG_LIVE | (uint32_t)more << TAG_MORE_SHIFT | owner->number;
    list_run(entries, first, &owner->runs[kheap.current]);
    kheap_unlock(state);
    return (void *)run_address(first);
}

/* The front of a long free run: what stays is a short one, or a long one in another bin or in the same. Of a long one the second
 * entry was written. */
STEP void *take_front_of_long(heap_t *heap, size_t blocks, size_t left, size_t bin, uint32_t tag, uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = kheap.entries;
    HEAP_KNOWN(bin >= BINS_EXACT);
    size_t first = heap->bins.first[bin];
    heap_linked(entries, first)->tag = tag;
    heap_pop_free(heap, first, heap_linked(entries, first)->next, bin, 1);
    heap_set_short_free(heap, entries, first + heap_link(blocks), left);
    kheap_unlock(state);
    return (void *)run_address(first);
}

STEP void *take_front_and_list_long(heap_t *heap, size_t blocks, size_t left, size_t bin, uint32_t tag,
                                    uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = kheap.entries;
    size_t first = heap->bins.first[bin];
    heap_linked(entries, first)->tag = tag;
    heap_pop_free(heap, first, heap_linked(entries, first)->next, bin, 1);
    heap_set_long_free(heap, entries, first + heap_link(blocks), left);
    kheap_unlock(state);
    return (void *)run_address(first);
}

STEP void *take_front_and_stay(heap_t *heap, size_t blocks, size_t left, size_t bin, uint32_t tag, uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = kheap.entries;
    size_t first = heap->bins.first[bin];
    heap_linked(entries, first)->tag = tag;
    heap_move_first(heap, entries, bin, first, first + heap_link(blocks), left);
    kheap_unlock(state);
    return (void *)run_address(first);
}

/* As the next one, but there is no short free run for it, only a long one. Unlocks. */
STEP void *allocate_off_long(size_t size, uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = kheap.entries;
    heap_t *heap = kheap.heap;
    size_t blocks = (size - 1) / HEAP_BLOCK_SIZE + 1;
    if (!LIKELY(heap->bins.filled[1] != 0)) {
        return allocate_any_run(size, state);
    }
    uint32_t bin = BINS_EXACT + (uint32_t)__builtin_ctzll(heap->bins.filled[1]);
    size_t first = heap->bins.first[bin];
    size_t left = heap_linked(entries, first)[1].more - blocks; /* after the first that stays free */
    if (!LIKELY(first + heap_link(blocks + 1) < kheap.proven) || !LIKELY(padding(size, first, left + 1) == 0)) {
        return allocate_any_run(size, state);
    }
    struct owner *owner = kheap_here()->record;
    if (!LIKELY(owner->runs == NULL)) {
        return allocate_any_run(size, state);
    }
    owner->below -= blocks;
    count_taken(&kheap, blocks);
    uint32_t tag = (uint32_t)(blocks - 1) << TAG_MORE_SHIFT | owner->run_tag;
    if (LIKELY(left < BINS_EXACT)) {
        return take_front_of_long(heap, blocks, left, bin, tag, state);
    }
    return left < bins_floor_long(bin) ? take_front_and_list_long(heap, blocks, left, bin, tag, state)
                                       : take_front_and_stay(heap, blocks, left, bin, tag, state);
}

/* The common case: an owner who held as much before, and a free run of no more than BINS_EXACT blocks. Unlocks. */
STEP void *allocate_run(size_t size, size_t grain, struct owner *owner, uintptr_t state)
{
    size_t more = grain / (HEAP_BLOCK_SIZE / SIZE_CLASS_GRAIN);
    size_t blocks = more + 1;
    size_t below = owner->below - blocks;
    if (!LIKELY(owner->below >= blocks) || !LIKELY(more < BINS_EXACT)) {
        return allocate_any_run(size, state);
    }
    heap_t *heap = kheap.heap;
    uint64_t fitting = heap->bins.filled[0] >> more;
    if (!LIKELY(fitting != 0)) {
        return allocate_off_long(size, state);
    }
    uint32_t left = (uint32_t)__builtin_ctzll(fitting);
    uint32_t bin = (uint32_t)more + left;
    if (!LIKELY(heap->bins.first[bin] + heap_link(blocks) < kheap.proven)) {
        return allocate_any_run(size, state);
    }
    owner->below = below;
    count_taken(&kheap, blocks);
    if (!LIKELY(owner->runs == NULL)) {
        return take_listed(more, bin, owner, state);
    }
    uint32_t tag = (uint32_t)more << TAG_MORE_SHIFT | owner->run_tag;
    return left != 0 ? take_front(heap, blocks, left - 1, bin, tag, state) : take_whole(more, tag, state);
}

/* Blocks of the current region that are nobody's any more: become a free run, a short or a long one, or the end or the
 * beginning of one, by these steps. All unlock. */
STEP int put_back(size_t first, size_t more, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    heap_set_short_free(kheap.heap, entries, first, more);
    kheap_unlock(state);
    return 0;
}

STEP int put_back_long(size_t first, size_t more, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    heap_make_second(kheap.heap, first);
    heap_set_long_free(kheap.heap, entries, first, more);
    kheap_unlock(state);
    return 0;
}

HEAP_INLINE int put_back_merged(size_t first, size_t more, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    return LIKELY(more < BINS_EXACT) ? put_back(first, more, entries, state)
                                     : put_back_long(first, more, entries, state);
}

/* `before` blocks and one more are free before them. */
HEAP_INLINE size_t take_in_before(size_t first, size_t before, size_t bin, size_t word,
                                  HEAP_BLOCK_TABLE_ENTRY *entries)
{
    heap_linked(entries, first)[-1].tag = TAG_INSIDE;
    heap_linked(entries, first)->tag = TAG_INSIDE;
    first -= heap_link(before + 1);
    heap_unlist_free(kheap.heap, entries, first, bin, word);
    return first;
}

STEP int put_back_behind_long(size_t first, size_t blocks, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    size_t before = heap_linked(entries, first)[-1].more;
    first = take_in_before(first, before, bins_of_long(before), 1, entries);
    return put_back_long(first, blocks + before, entries, state);
}

STEP int put_back_behind(size_t first, size_t blocks, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    size_t before = tag_more(heap_linked(entries, first)[-1].tag);
    if (!LIKELY(before < TAG_MORE_LONG)) {
        return put_back_behind_long(first, blocks, entries, state);
    }
    first = take_in_before(first, before, before, 0, entries);
    return put_back_merged(first, blocks + before, entries, state);
}

/* Some are free after them, and were taken in. */
HEAP_INLINE int put_back_rest(size_t first, size_t blocks, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    if ((heap_linked(entries, first)[-1].tag & TAG_FREE) != 0) {
        return put_back_behind(first, blocks, entries, state);
    }
    return put_back_merged(first, blocks - 1, entries, state);
}

/* The long one goes on being listed where it is. */
STEP int put_back_at_front(size_t first, size_t blocks, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    size_t next = first + heap_link(blocks);
    size_t after = heap_linked(entries, next)[1].more;
    heap_linked(entries, next)->tag = TAG_INSIDE;
    heap_make_second(kheap.heap, first);
    heap_move_front(kheap.heap, entries, bins_of_long(after), next, first, after + blocks);
    kheap_unlock(state);
    return 0;
}

STEP int put_back_before_long(size_t first, size_t blocks, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    size_t next = first + heap_link(blocks);
    size_t after = heap_linked(entries, next)[1].more;
    bool alone = (heap_linked(entries, first)[-1].tag & TAG_FREE) == 0;
    if (alone && bins_same_long(after, after + blocks)) {
        return put_back_at_front(first, blocks, entries, state);
    }
    heap_linked(entries, next)->tag = TAG_INSIDE;
    heap_unlist_free(kheap.heap, entries, next, bins_of_long(after), 1);
    return put_back_rest(first, blocks + after + 1, entries, state);
}

STEP int put_back_before(size_t first, size_t blocks, HEAP_BLOCK_TABLE_ENTRY *entries, uintptr_t state)
{
    size_t next = first + heap_link(blocks);
    size_t after = (heap_linked(entries, next)->tag >> TAG_MORE_SHIFT) - (TAG_FREE >> TAG_MORE_SHIFT);
    if (!LIKELY(after < TAG_MORE_LONG)) {
        return put_back_before_long(first, blocks, entries, state);
    }
    heap_linked(entries, next)->tag = TAG_INSIDE;
    heap_unlist_free(kheap.heap, entries, next, after, 0);
    return put_back_rest(first, blocks + after + 1, entries, state);
}

HEAP_INLINE int give_back(size_t first, size_t blocks, uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = kheap.entries;
    size_t next = first + heap_link(blocks);
    if ((heap_linked(entries, next)->tag & TAG_FREE) != 0) {
        return put_back_before(first, blocks, entries, state);
    }
    if ((heap_linked(entries, first)[-1].tag & TAG_FREE) != 0) {
        return put_back_behind(first, blocks, entries, state);
    }
    return put_back(first, blocks - 1, entries, state);
}

#define SHORT_MORE   ((uint32_t)(BINS_EXACT - 1) << TAG_MORE_SHIFT)
#define TAG_ONE_MORE ((uint32_t)1 << TAG_MORE_SHIFT)

/* Of an owner who has lists, if it is his run: of another one it would be free_run's. */
STEP int free_listed_run(void *ptr, const HEAP_BLOCK_TABLE_ENTRY *entry, uintptr_t state)
{
    struct owner *owner = kheap_here()->record;
    uint32_t differs = entry->tag ^ (TAG_LIVE | owner->number);
    if (!LIKELY((differs & ~SHORT_MORE) == 0) || !LIKELY((uintptr_t)ptr % HEAP_BLOCK_SIZE == 0)) {
        return free_slowly(ptr, state);
    }
    size_t first = link_of(ptr);
    size_t blocks = ((size_t)differs + TAG_ONE_MORE) >> TAG_MORE_SHIFT;
    unlist_run(kheap.entries, first, &owner->runs[kheap.current]);
    owner->below += blocks;
    kheap.below += blocks;
    return give_back(first, blocks, state);
}

/* Not in a slab of the current owner: a run of his, if the tag says so. Unlock. */
STEP int free_run(void *ptr, const HEAP_BLOCK_TABLE_ENTRY *entry, uintptr_t state)
{
    struct owner *owner = kheap_here()->record;
    uint32_t differs = entry->tag ^ owner->run_tag;
    if (!LIKELY((differs & ~SHORT_MORE) == 0) || !LIKELY((uintptr_t)ptr % HEAP_BLOCK_SIZE == 0)) {
        return free_listed_run(ptr, entry, state);
    }
    size_t blocks = ((size_t)differs + TAG_ONE_MORE) >> TAG_MORE_SHIFT;
    owner->below += blocks;
    kheap.below += blocks;
    return give_back(link_of(ptr), blocks, state);
}
