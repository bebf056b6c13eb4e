/* What is live in the kernel heap, as a map of every 16 bytes of memory, with the hooks that watch, and what must hold.
 * Every byte handed out is filled with a pattern and looked at again before it goes back.
 *
 * Included by one program at a time. What is wrong ends it through kassert_failed. */
#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/assert.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/slab.h"
#include "tests/kheap_hooks.h"

enum {
    HISTORY_BLOCK = HEAP_BLOCK_SIZE,
    HISTORY_RAM = 4 << 20,
    GRAIN = 16,
    PIECES_MAX = 1 << 14,
    ACTORS = 7,     /* owners that act, the kernel included    */
    STALE_MAX = 64, /* pointers and owners that are remembered */
};
#define HISTORY_BASE UINT64_C(0x100000) /* physical address of memory[0] */

struct piece {
    unsigned char *start;
    size_t asked;  /* bytes                                                        */
    size_t usable; /* bytes; whole blocks exactly when it is a run                 */
    size_t actor;
    uint64_t stamp; /* the pattern: word i holds stamp + i                         */
};

struct actor {
    bool live;
    owner_t owner;
    size_t quota;
    size_t run_blocks;
    size_t runs;
    size_t objects[SIZE_CLASSES];
};

static struct {
    _Alignas(2 << 20) unsigned char memory[HISTORY_RAM];
    uint16_t owner_of[HISTORY_RAM / GRAIN]; /* number of a piece plus one; 0: nobody's */
    struct piece pieces[PIECES_MAX];
    size_t count;
    uint64_t stamps;
    struct actor actors[ACTORS];
    size_t current;
    unsigned char *stale[STALE_MAX];
    size_t stale_count;
    owner_t ended[STALE_MAX];
    size_t ended_count;
    struct plan plan;

    unsigned locked;
    unsigned refusals;
    unsigned quota_refusals;
    struct heap_refusal refusal;
    struct quota_refusal quota_refusal;
} history;

/* ---- hooks ---- */

uintptr_t kheap_lock(void)
{
    kassert(history.locked == 0, "history: the lock is taken twice");
    history.locked = 1;
    return 0x10CC;
}

void kheap_unlock(uintptr_t state)
{
    kassert(history.locked == 1 && state == 0x10CC, "history: the lock is given back by who does not hold it");
    history.locked = 0;
}

void heap_refused(const struct heap_refusal *refusal)
{
    kassert(history.locked == 0, "history: a refusal is reported under the lock");
    history.refusal = *refusal;
    history.refusals++;
}

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    kassert(history.locked == 0, "history: a refusal is reported under the lock");
    history.quota_refusal = *refusal;
    history.quota_refusals++;
}

/* ---- the map ---- */

static bool in_memory(const void *ptr)
{
    return (uintptr_t)ptr - (uintptr_t)history.memory < HISTORY_RAM;
}

static uint16_t *grain_of(const void *ptr)
{
    return &history.owner_of[((uintptr_t)ptr - (uintptr_t)history.memory) / GRAIN];
}

static bool in_blocks(const void *ptr)
{
    uint64_t physical = (uintptr_t)ptr - (uintptr_t)history.memory + HISTORY_BASE;
    for (size_t i = 0; i < history.plan.region_count; i++) {
        const struct range *blocks = &history.plan.regions[i].blocks;
        if (blocks->start <= physical && physical < blocks->end) {
            return true;
        }
    }
    return false;
}

/* The piece that the address is in, or NULL. */
static struct piece *piece_over(const void *ptr)
{
    uint16_t number = in_memory(ptr) ? *grain_of(ptr) : 0;
    return number == 0 ? NULL : &history.pieces[number - 1];
}

static bool is_run(const struct piece *piece)
{
    return piece->usable % HISTORY_BLOCK == 0;
}

static void mark(const struct piece *piece, size_t number)
{
    uint16_t *grain = grain_of(piece->start);
    for (size_t i = 0; i < piece->usable / GRAIN; i++) {
        kassert(number == 0 || grain[i] == 0, "history: an allocation overlaps another");
        grain[i] = (uint16_t)number;
    }
}

static void fill(struct piece *piece)
{
    piece->stamp = ++history.stamps * UINT64_C(0x9E3779B97F4A7C15);
    uint64_t *words = (uint64_t *)piece->start;
    for (size_t i = 0; i < piece->usable / sizeof *words; i++) {
        words[i] = piece->stamp + i;
    }
}

/* The first `bytes` bytes hold the pattern `stamp`. */
static void expect_pattern(const unsigned char *start, size_t bytes, uint64_t stamp)
{
    const uint64_t *words = (const uint64_t *)start;
    size_t i = 0;
    for (; i < bytes / sizeof *words; i++) {
        kassert(words[i] == stamp + i, "history: memory that is owned was overwritten");
    }
    uint64_t last = stamp + i;
    kassert(memcmp(&words[i], &last, bytes % sizeof *words) == 0, "history: memory that is owned was overwritten");
}

static void charge(const struct piece *piece, bool add)
{
    struct actor *actor = &history.actors[piece->actor];
    size_t one = add ? 1 : SIZE_MAX;
    if (is_run(piece)) {
        actor->runs += one;
        actor->run_blocks += one * (piece->usable / HISTORY_BLOCK);
    } else {
        actor->objects[size_class_of(piece->usable)] += one;
    }
}

/* Blocks that an owner of these runs and objects holds at least. */
static size_t least_held(const struct actor *actor)
{
    size_t blocks = actor->run_blocks;
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        blocks += heap_blocks_for(actor->objects[i] * size_classes[i].size);
    }
    return blocks;
}

/* And at most, in so many slabs; of those, one for each class may be empty, kept for the next request. */
static size_t most_held(const struct actor *actor, size_t slabs)
{
    size_t longest = 0;
    size_t objects = 0;
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        longest = size_classes[i].blocks > longest ? size_classes[i].blocks : longest;
        objects += actor->objects[i];
    }
    kassert(slabs <= objects + SIZE_CLASSES, "history: an owner keeps more slabs than it needs");
    return actor->run_blocks + slabs * longest;
}

/* ---- what must hold ---- */

static void expect_placed(const struct piece *piece)
{
    kassert(in_memory(piece->start) && in_blocks(piece->start), "history: an allocation is not in a region");
    kassert(piece->usable >= piece->asked && piece->usable % GRAIN == 0, "history: it is shorter than asked for");
    const unsigned char *last = piece->start + piece->usable - 1;
    kassert(in_blocks(last) && kheap_region_of(piece->start) == kheap_region_of(last),
            "history: an allocation crosses a region's end");
}

/* As long as its class, or, where it may be borrowed, as another one (SLAB_LENDERS). */
static bool is_tight_object(const struct piece *piece)
{
    size_t class = size_class_of(piece->asked);
    size_t lender = size_class_of(piece->usable);
    bool may_borrow = history.actors[piece->actor].owner != OWNER_KERNEL;
    if (size_classes[lender].size != piece->usable) {
        return false;
    }
    return lender == class || (may_borrow && lender > class && lender <= class + SLAB_LENDERS &&
                               slab_may_lend(piece->usable, piece->asked));
}

/* A new piece starts and ends where it should. */
static void expect_fit(const struct piece *piece, size_t alignment)
{
    bool power = (piece->asked & (piece->asked - 1)) == 0 && piece->asked <= HISTORY_BLOCK;
    size_t natural = power && piece->asked > GRAIN ? piece->asked : GRAIN;
    kassert((uintptr_t)piece->start % natural == 0, "history: an allocation is not naturally aligned");
    kassert((uintptr_t)piece->start % alignment == 0, "history: an allocation is not aligned as asked");
    bool tight = is_run(piece) ? piece->usable - piece->asked < HISTORY_BLOCK : is_tight_object(piece);
    kassert(tight || alignment > GRAIN, "history: an allocation is longer than it need be");
}

/* A request of the current actor came to nothing: its quota or the memory must be the reason. */
static void expect_no_room(size_t bytes, size_t alignment)
{
    const struct actor *actor = &history.actors[history.current];
    size_t blocks = heap_blocks_for(bytes);
    if (history.quota_refusals != 0) {
        const struct quota_refusal *refusal = &history.quota_refusal;
        kassert(history.quota_refusals == 1 && refusal->owner == actor->owner && refusal->quota == actor->quota,
                "history: the wrong quota is named");
        kassert(refusal->asked > actor->quota - refusal->held, "history: a quota that is not full is named");
        kassert(refusal->asked >= (size_is_small(bytes) ? 1 : blocks), "history: the wrong request is named");
        return;
    }
    size_t enough = blocks;
    if (alignment > HISTORY_BLOCK) {
        enough += alignment / HISTORY_BLOCK - 1; /* that many blocks hold a boundary */
    } else if (size_is_small(bytes)) {
        enough = 1 + (alignment > GRAIN ? blocks
                                        : (size_t)size_classes[size_class_of(bytes)].blocks); /* and descriptors */
    }
    kassert(kheap_totals().longest_free < enough || enough > BINS_EXACT,
            "history: a request fails though there is room");
}

static void expect_totals(size_t index)
{
    const struct actor *actor = &history.actors[index];
    struct owner_totals totals;
    kassert(owner_totals(actor->owner, &totals) == 0, "history: a live owner has no totals");
    kassert(totals.quota == actor->quota && totals.held <= totals.peak && totals.peak <= totals.quota,
            "history: an owner holds more than its quota");
    kassert(totals.runs == actor->runs && memcmp(totals.objects, actor->objects, sizeof totals.objects) == 0,
            "history: an owner's allocations are not counted right");
    kassert(totals.held >= least_held(actor), "history: an owner holds more than it is charged for");
    kassert(totals.held <= most_held(actor, totals.slabs), "history: an owner is charged for more than it holds");
}

static void history_expect_sound(void)
{
    const char *broken = kheap_check();
    if (broken != NULL) {
        kassert_failed(broken, __FILE__, __LINE__);
    }
    for (size_t i = 0; i < ACTORS; i++) {
        if (history.actors[i].live) {
            expect_totals(i);
        }
    }
}

/* ---- how it begins ---- */

static void act_as(size_t index)
{
    kassert(kheap_act_as(history.actors[index].owner) == 0, "history: a live owner cannot act");
    history.current = index;
}

/* A heap with these regions, by their blocks; between two of them is a block that is nobody's. */
static void history_begin(const size_t *blocks, size_t regions)
{
    history.count = 0;
    history.stale_count = 0;
    history.ended_count = 0;
    history.locked = 0;
    memset(history.owner_of, 0, sizeof history.owner_of);
    memset(history.stale, 0, sizeof history.stale);
    memset(history.actors, 0, sizeof history.actors);
    memset(&history.plan, 0, sizeof history.plan);
    uint64_t at = HISTORY_BASE;
    for (size_t i = 0; i < regions; i++) {
        uint64_t start = round_up(at + KHEAP_NOTES_BYTES + blocks[i] * sizeof(HEAP_BLOCK_TABLE_ENTRY), HISTORY_BLOCK);
        uint64_t end = start + blocks[i] * HISTORY_BLOCK;
        kassert(end <= HISTORY_BASE + HISTORY_RAM, "history: the regions are longer than the memory");
        history.plan.regions[history.plan.region_count++] = (struct plan_region){{at, start}, {start, end}};
        at = end + HISTORY_BLOCK;
    }
    kheap_use(&history.plan, (uintptr_t)history.memory - HISTORY_BASE);
    kheap_init();
    history.actors[0] = (struct actor){.live = true, .owner = OWNER_KERNEL, .quota = OWNER_NO_QUOTA};
    act_as(0);
}
