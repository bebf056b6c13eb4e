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
    HEAP_OWN_BIN_LOOKS = 8,   /* runs of the request's own bin looked at before an allocation is given up */
    HEAP_SEARCH_BLOCKS = 128, /* blocks looked at on either side to say more about a refused free         */
    HEAP_LINE_ENTRIES = 8,    /* entries that are written, and proven to be written, together             */
};
#define HEAP_BLOCKS_MAX (UINT64_C(1) << 31) /* twice a block number fits 32 bits: see `next` */

typedef uint16_t owner_t; /* who holds a run: mm/owner.h */

/* What an entry's tag says of its block: a state, the blocks after the first one of its run, and who holds it. Of a slab's
 * blocks the tag is the owner's number and nothing else, so that kfree needs one comparison. */
#define TAG_FREE       UINT32_C(0x10000000) /* first block of a free run, and its last one             */
#define TAG_LAST       UINT32_C(0x20000000) /* beside TAG_FREE: the last one, unless it is the first too */
#define TAG_LIVE       UINT32_C(0x40000000) /* first block of a live run that is no slab               */
#define TAG_INSIDE     UINT32_C(0x80000000) /* of a run, but none of these                             */
#define TAG_MORE       UINT32_C(0x0FFF0000) /* blocks after the first of the run, or TAG_MORE_LONG     */
#define TAG_MORE_SHIFT 16
#define TAG_MORE_LONG  BINS_EXACT /* so many or more: `more` says it, in the second entry and a free run's last */
#define TAG_OWNER      UINT32_C(0xFFFF)

struct slab; /* mm/slab.h */

/* One for each block. Which word means what: docs/memory.md and mm/heap_table.h. */
typedef struct {
    uint32_t proof; /* in the first two of a line: that this heap has written the line's entries     */
    uint32_t tag;
    union {
        struct {
            union {
                uint32_t next; /* first block of a run: twice the first block of the next run of its bin, or owner */
                uint32_t more; /* second block of a long run, last of a long free one: see TAG_MORE_LONG           */
            };
            uint32_t prev; /* likewise: the previous one; of a bin's first run it means nothing                */
        };
        struct slab *slab; /* any block of a slab */
    };
} HEAP_BLOCK_TABLE_ENTRY;

typedef struct {
    HEAP_BLOCK_TABLE_ENTRY *entries; /* may hold anything when the heap is created */
    size_t total;                    /* entries, and blocks                        */
} heap_table_t;

/* Only the files of the heap write it (mm/heap_runs.h). */
typedef struct {
    struct bins bins;   /* free runs by length; of each bin's first one twice the first block */
    uintptr_t start;    /* address of block 0                                           */
    heap_table_t table; /* a copy: the caller's need not outlive create_heap            */
    size_t lines;       /* lines of entries written so far                              */
    size_t cleared;     /* entries below it were all written: needs no proof            */
    size_t reached;     /* `cleared` goes no further than this                          */
    size_t refused;     /* frees refused                                                */
} heap_t;

static_assert(sizeof(HEAP_BLOCK_TABLE_ENTRY) == 16, "99.5 % of the memory is left for blocks");
static_assert(sizeof(heap_t) <= 768, "a machine of 2 MiB spends two pages on it and its entries");

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

/* The run that `block` is in. No blocks: its ends are more than HEAP_SEARCH_BLOCKS away, and `live` only says whether it is
 * known to be live. Bounded. */
struct heap_run heap_run_over(const heap_t *heap, size_t block);

/* Where a run starts, `block` itself or, in a heap some of whose blocks are away (mm/kheap_window.h), the next one; the total:
 * nowhere. `block` is 0 or where a run ends. Walks. */
size_t heap_next_run(const heap_t *heap, size_t block);

struct heap_census {
    size_t used;      /* blocks in live runs, slabs included */
    size_t live_runs; /* slabs included                      */
    size_t free_runs;
};

/* Walks all runs: outside the bound. */
struct heap_census heap_census(const heap_t *heap);

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
