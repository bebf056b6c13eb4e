/* The block-table heap: runs of 4096-byte blocks over any range of addresses, all metadata out of line in a table that
 * the caller sets aside. The heap never reads or writes the memory that it hands out.
 *
 * Every operation takes a bounded number of instructions, whatever the heap's size, occupancy and history; the bounds
 * that remain are the constants below. One caller at a time: who shares a heap locks it (mm/kheap.h). */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/status.h"
#include "mm/bins.h"

enum {
    HEAP_OWN_BIN_LOOKS = 8,            /* runs of the request's own bin looked at before an allocation is given up */
    HEAP_SEARCH_BLOCKS = 128,          /* blocks looked at on either side to say more about a refused free         */
    HEAP_CLEAR_PAIRS = 4,              /* pairs by which `cleared` moves up when a run operation goes past it       */
    HEAP_OWNER_SLOTS = OWNERS_MAX + 2, /* records of owners: mm/owner.h                                    */
    HEAP_OWNER_BITS = 9,               /* of an owner's number: which record                                        */
};
static_assert(HEAP_OWNER_SLOTS <= 1 << HEAP_OWNER_BITS, "an owner's slot fits its bits");
#define HEAP_BLOCKS_MAX (UINT64_C(1) << 32) /* block numbers fit 32 bits */

typedef uint16_t owner_t; /* who holds a run: mm/owner.h */

/* What a table entry says of its block. */
enum block_kind {
    BLOCK_SLAB =
        0, /* any block of a slab: the entry names the slab. 0, so that `owner` and `kind` together, read as one
                       number, are the owner's: one comparison in kfree                                              */

    KIND_FREE_FIRST = 1, /* what the others are made of */
    KIND_FREE_LAST = 2,
    KIND_LIVE = 4,
    KIND_ONE = 8,
    KIND_INSIDE = 16,

    BLOCK_FREE_FIRST = KIND_FREE_FIRST,
    BLOCK_FREE_LAST = KIND_FREE_LAST,
    BLOCK_FREE_ONE = KIND_FREE_FIRST | KIND_FREE_LAST, /* a run of one block          */
    BLOCK_LIVE_FIRST = KIND_LIVE,                      /* of more than one block      */
    BLOCK_LIVE_ONE = KIND_LIVE | KIND_ONE,
    BLOCK_INSIDE = KIND_INSIDE, /* of a run, but neither its first block nor the last of a free one */
};

struct slab; /* mm/slab.h */

/* One for each block. Which word means what: docs/memory.md and mm/heap_table.h. */
typedef struct {
    uint32_t proof; /* with its neighbour's: that this heap has written the two entries          */
    union {
        struct {
            owner_t owner; /* first block of a live run, any block of a slab: who holds it; else 0 */
            uint16_t kind; /* enum block_kind                                                      */
        };
        uint32_t owner_of_slab; /* both of the above: the owner's number where the block is a slab's */
    };
    union {
        struct {
            union {
                uint32_t next; /* first block of a run: the next run of its bin, or of its owner     */
                uint32_t more; /* second block of a run, last of a free one: its blocks after the first */
            };
            uint32_t prev; /* first block of a run: the previous run of its bin, or of its owner     */
        };
        struct slab *slab; /* any block of a slab */
    };
} HEAP_BLOCK_TABLE_ENTRY;

typedef struct {
    HEAP_BLOCK_TABLE_ENTRY *entries; /* may hold anything when the heap is created */
    size_t total;                    /* entries, and blocks                        */
} heap_table_t;

/* Only heap.c writes it. */
typedef struct {
    uintptr_t start;    /* address of block 0                                           */
    heap_table_t table; /* a copy: the caller's need not outlive create_heap            */
    size_t pairs;       /* pairs of entries written so far                              */
    size_t cleared;     /* entries below it were all written: needs no proof            */
    size_t reached;     /* `cleared` goes no further than this                          */

    size_t used;      /* blocks in live runs, slabs included                            */
    size_t live_runs; /* slabs included                                                 */
    size_t refused;   /* frees refused                                                  */

    struct bins bins; /* free runs by length: a list of first blocks for each bin        */

    uint64_t holding[(HEAP_OWNER_SLOTS + 63) / 64]; /* bit s: the owner in slot s holds runs (slabs left out) */
    uint32_t held[HEAP_OWNER_SLOTS];                /* the first of them                                      */
} heap_t;

static_assert(sizeof(HEAP_BLOCK_TABLE_ENTRY) == 16, "99.5 % of the memory is left for blocks");
static_assert(sizeof(heap_t) <= 2048, "a piece of up to 128 blocks spends one page on it and its entries");

/* Makes `heap` a heap over the `size` bytes from `start`, all free.
 *   table  entries and total filled in by the caller; the entries may hold anything, the last heap's included
 *   start  aligned to blocks, not NULL
 *   size   in bytes, whole blocks, table->total of them, at most HEAP_BLOCKS_MAX
 * 0, or -EINVARG with nothing written: an argument is NULL or not as above, the range or the table runs past the end
 * of the address space, or the entries or `heap` itself overlap the range or each other. Takes the same few
 * instructions for every size; table memory is touched as blocks come into use. */
int create_heap(heap_t *heap, heap_table_t *table, void *start, size_t size);

/* Takes room for `size` bytes: whole blocks, not cleared. NULL when size is 0 or no free run is long enough; then
 * nothing has changed. (A run that fits only by looking past HEAP_OWN_BIN_LOOKS others of about the same length may be
 * overlooked.) The caller owns the memory until heap_free. */
void *heap_malloc(heap_t *heap, size_t size);

/* NULL is a no-op. Anything else must be exactly what heap_malloc returned, and still live; otherwise the free is
 * refused: counted, handed to heap_refused, and nothing else has changed. A pointer kept after its free that is again
 * the start of a live run cannot be told apart. */
void heap_free(heap_t *heap, void *ptr);

/* The same; 0, or -EINVARG when the free was refused. */
int heap_try_free(heap_t *heap, void *ptr);

enum free_fault {
    FREE_OK,
    FREE_NO_HEAP,       /* kernel heap: not there yet                                                 */
    FREE_OUTSIDE,       /* not in this heap's blocks, or in no region of the kernel heap              */
    FREE_UNALIGNED,     /* in a block, but not at its start                                           */
    FREE_INSIDE_RUN,    /* a later block of a live run                                                */
    FREE_ALREADY_FREE,  /* a free block: freed before, or never handed out                            */
    FREE_NOT_A_START,   /* no run starts there; the ends of the run that it is in are too far to see  */
    FREE_FOREIGN,       /* live, but another owner's                                                  */
    FREE_NOT_AN_OBJECT, /* in a slab, but not at the start of an object                              */
    FREE_SMALL,         /* a small object, where a run is asked for (kheap_gift)                      */
};

/* Neighbouring blocks of one state. */
struct heap_run {
    size_t first; /* block number                 */
    size_t blocks;
    bool live;
};

/* A free that was refused, and what stands there. */
struct heap_refusal {
    const heap_t *heap; /* NULL for FREE_NO_HEAP and where no region holds the pointer */
    const void *pointer;
    enum free_fault fault;
    struct heap_run run; /* the run that the pointer is in; no blocks: not known        */
    owner_t caller;      /* who asked                                                   */
    owner_t owner;       /* who holds what is live there                                */
    size_t object_bytes; /* in a slab: the size of its objects; else 0                  */
};

/* Told of every refused free, after the fact and outside every lock. Resolved at link time: the kernel prints. */
void heap_refused(const struct heap_refusal *refusal);

/* Why a free of `ptr` by `caller` is refused, and what stands there; FREE_OK when it is the start of a live run of the
 * caller. */
enum free_fault heap_explain(const heap_t *heap, const void *ptr, owner_t caller, struct heap_refusal *refusal);

/* The reason as a sentence without a full stop. */
const char *free_fault_sentence(enum free_fault fault);

/* The run that starts at block `first`, which must be a run's first block: 0, or the end of the run before. */
struct heap_run heap_run_at(const heap_t *heap, size_t first);

/* Free runs: walks the bins, outside the bound. */
size_t heap_free_runs(const heap_t *heap);

/* Blocks of the longest free run; 0 when there is none. Walks the longest run's bin: outside the bound. */
size_t heap_longest_free(const heap_t *heap);

/* Address of a block; `block` may be the heap's total: the end. */
static inline uintptr_t heap_block_address(const heap_t *heap, size_t block)
{
    return heap->start + block * HEAP_BLOCK_SIZE;
}

/* Blocks that hold `bytes`. Cannot wrap, unlike (bytes + HEAP_BLOCK_SIZE - 1) / HEAP_BLOCK_SIZE. */
static inline size_t heap_blocks_for(size_t bytes)
{
    return bytes / HEAP_BLOCK_SIZE + (bytes % HEAP_BLOCK_SIZE != 0);
}
