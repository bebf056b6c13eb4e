/* Histories of the kernel heap: steps that somebody chooses (a random generator, a fuzzer), each compared with a map of
 * memory (tests/kheap_map.h).
 *
 * Included by one program at a time, which defines history_choose. */
#pragma once

#include "tests/kheap_map.h"

/* A number below `limit`, which is at least 1. */
static uint64_t history_choose(uint64_t limit);

/* ---- steps that take ---- */

static size_t choose_bytes(void)
{
    switch (history_choose(16)) {
    case 0: return (size_t)GRAIN << history_choose(16);
    case 1:
    case 2: return 1 + (size_t)history_choose(64 * HISTORY_BLOCK);
    case 3:
    case 4: return 1 + (size_t)history_choose(6 * HISTORY_BLOCK);
    case 5:
    case 6:
    case 7:
    case 8: return 1 + (size_t)history_choose(SIZE_CLASS_LONGEST);
    default: return 1 + (size_t)history_choose(256);
    }
}

/* Writes down what the current actor was given. */
static struct piece *keep(void *ptr, size_t bytes)
{
    struct piece *piece = &history.pieces[history.count++];
    *piece = (struct piece){ptr, bytes, kmalloc_usable_size(ptr), history.current, 0};
    kassert(history.quota_refusals == 0, "history: a quota is named though the request succeeds");
    expect_placed(piece);
    mark(piece, history.count);
    charge(piece, true);
    return piece;
}

/* What was given for `bytes` bytes, or NULL. */
static void took(void *ptr, size_t bytes, size_t alignment, bool cleared)
{
    if (ptr == NULL) {
        expect_no_room(bytes, alignment);
        return;
    }
    struct piece *piece = keep(ptr, bytes);
    expect_fit(piece, alignment);
    for (size_t i = 0; cleared && i < bytes; i++) {
        kassert(piece->start[i] == 0, "history: memory that was to be cleared is not");
    }
    fill(piece);
}

static void step_take(void)
{
    size_t bytes = choose_bytes();
    history.quota_refusals = 0;
    if (history.count == PIECES_MAX) {
        return;
    }
    switch (history_choose(8)) {
    case 0: took(kzalloc(bytes), bytes, GRAIN, true); return;
    case 1: {
        size_t count = 1 + (size_t)history_choose(9);
        took(kcalloc(count, bytes), count * bytes, GRAIN, true);
        return;
    }
    case 2: {
        size_t alignment = (size_t)1 << history_choose(22);
        took(kmalloc_aligned(bytes, alignment), bytes, alignment < GRAIN ? GRAIN : alignment, false);
        return;
    }
    default: took(kmalloc(bytes), bytes, GRAIN, false);
    }
}

static void step_impossible(void)
{
    history.quota_refusals = 0;
    size_t huge = SIZE_MAX - (size_t)history_choose(2 * HISTORY_BLOCK);
    size_t bytes = 3 + 2 * (size_t)history_choose(HISTORY_BLOCK);
    size_t wraps = SIZE_MAX / bytes + 2; /* times `bytes` is little more than 2^64 */
    bool none = kmalloc(0) == NULL && kzalloc(0) == NULL && kcalloc(0, 8) == NULL && kcalloc(8, 0) == NULL &&
                kmalloc(huge) == NULL && kzalloc(huge) == NULL && kcalloc(huge / 2, 3) == NULL &&
                kcalloc(wraps, bytes) == NULL && kcalloc(bytes, wraps) == NULL &&
                kmalloc_aligned(huge, HISTORY_BLOCK) == NULL && kmalloc_aligned(64, 0) == NULL &&
                kmalloc_aligned(64, 48) == NULL && kmalloc_aligned(64, 2 * KHEAP_ALIGNMENT_MAX) == NULL &&
                kmalloc_aligned(0, 64) == NULL;
    kassert(none, "history: an impossible request succeeds");
}

/* ---- steps that give back ---- */

/* Takes the piece from the map; the last one gets its number. */
static void forget(struct piece *piece)
{
    history.stale[history.stale_count++ % STALE_MAX] = piece->start;
    mark(piece, 0);
    charge(piece, false);
    struct piece *last = &history.pieces[--history.count];
    if (piece != last) {
        mark(last, 0);
        *piece = *last;
        mark(piece, (size_t)(piece - history.pieces) + 1);
    }
}

static struct piece *choose_piece(void)
{
    return history.count == 0 ? NULL : &history.pieces[history_choose(history.count)];
}

static void step_give(void)
{
    struct piece *piece = choose_piece();
    if (piece == NULL) {
        return;
    }
    expect_pattern(piece->start, piece->usable, piece->stamp);
    history.refusals = 0;
    int status;
    if (history_choose(4) == 0) {
        status = kheap_free_of(history.actors[piece->actor].owner, piece->start);
    } else {
        act_as(piece->actor);
        status = kheap_try_free(piece->start);
    }
    kassert(status == 0 && history.refusals == 0, "history: a good free is refused");
    forget(piece);
}

/* The piece has another size, or is elsewhere, and holds what it held. */
static void moved(struct piece *piece, void *ptr, size_t bytes)
{
    size_t kept = piece->usable < bytes ? piece->usable : bytes;
    uint64_t stamp = piece->stamp;
    forget(piece);
    piece = keep(ptr, bytes);
    expect_pattern(ptr, kept, stamp);
    fill(piece);
}

static void step_resize(void)
{
    struct piece *piece = choose_piece();
    if (piece == NULL) {
        return;
    }
    act_as(piece->actor);
    size_t bytes = choose_bytes();
    history.refusals = 0;
    history.quota_refusals = 0;
    void *ptr = krealloc(piece->start, bytes);
    kassert(history.refusals == 0, "history: a good resize is refused");
    if (ptr == piece->start && bytes <= piece->usable) {
        history.quota_refusals = 0; /* there may have been no room for a smaller copy */
    }
    if (ptr == NULL) {
        kassert(bytes > piece->usable, "history: a piece cannot become shorter");
        expect_no_room(bytes, GRAIN);
        expect_pattern(piece->start, piece->usable, piece->stamp);
    } else {
        moved(piece, ptr, bytes);
    }
}

/* ---- steps between owners ---- */

static void step_owner(void)
{
    size_t index = 1 + (size_t)history_choose(ACTORS - 1);
    struct actor *actor = &history.actors[index];
    size_t quota = history_choose(4) == 0 ? OWNER_NO_QUOTA : (size_t)history_choose(200);
    if (actor->live) {
        act_as(index);
        return;
    }
    owner_t owner;
    int status = owner_create("history", quota, &owner);
    kassert(status == 0 || status == -ENOMEM, "history: an owner is refused for no reason");
    if (status != 0) {
        return;
    }
    for (size_t i = 0; i < ACTORS; i++) {
        kassert(!history.actors[i].live || history.actors[i].owner != owner, "history: two owners have one number");
    }
    *actor = (struct actor){.live = true, .owner = owner, .quota = quota};
    act_as(index);
}

static void step_gift(void)
{
    struct piece *piece = choose_piece();
    size_t to = (size_t)history_choose(ACTORS);
    const struct actor *target = &history.actors[to];
    if (piece == NULL || !target->live) {
        return;
    }
    act_as(piece->actor);
    history.refusals = 0;
    history.quota_refusals = 0;
    int status = kheap_gift(piece->start, target->owner);
    if (!is_run(piece)) {
        kassert(status == -EINVARG && history.refusal.fault == FREE_SMALL, "history: a small object is given");
    } else if (status == -EQUOTA) {
        const struct quota_refusal *refusal = &history.quota_refusal;
        kassert(history.quota_refusals == 1 && refusal->owner == target->owner, "history: the wrong quota is named");
        kassert(refusal->asked == piece->usable / HISTORY_BLOCK && refusal->asked > refusal->quota - refusal->held,
                "history: a quota that is not full is named");
    } else {
        kassert(status == 0 && history.refusals + history.quota_refusals == 0, "history: a good gift is refused");
        charge(piece, false);
        piece->actor = to;
        charge(piece, true);
    }
}

static void step_reclaim(void)
{
    size_t index = 1 + (size_t)history_choose(ACTORS - 1);
    struct actor *actor = &history.actors[index];
    if (!actor->live) {
        return;
    }
    struct reclaim_report report;
    memset(&report, 0xA5, sizeof report);
    act_as(0);
    kassert(kheap_reclaim(actor->owner, &report) == 0, "history: a live owner cannot be ended");
    kassert(report.runs == actor->runs && memcmp(report.objects, actor->objects, sizeof report.objects) == 0,
            "history: the report of what an owner left is wrong");
    kassert(report.blocks >= least_held(actor), "history: an owner left fewer blocks than it held");
    for (size_t i = history.count; i-- > 0;) {
        struct piece *piece = &history.pieces[i];
        if (piece->actor == index) {
            expect_pattern(piece->start, piece->usable, piece->stamp);
            forget(piece);
        }
    }
    actor->live = false;
    history.ended[history.ended_count++ % STALE_MAX] = actor->owner;
}

static void step_ended_owner(void)
{
    size_t known = history.ended_count < STALE_MAX ? history.ended_count : STALE_MAX;
    if (known == 0) {
        return;
    }
    owner_t owner = history.ended[history_choose(known)];
    for (size_t i = 0; i < ACTORS; i++) {
        if (history.actors[i].live && history.actors[i].owner == owner) {
            return; /* the generation has wrapped */
        }
    }
    struct reclaim_report report;
    struct owner_totals totals;
    bool refused = kheap_act_as(owner) == -EINVARG && kheap_reclaim(owner, &report) == -EINVARG &&
                   owner_totals(owner, &totals) == -EINVARG;
    if (history.count > 0) {
        refused = refused && kheap_free_of(owner, choose_piece()->start) == -EINVARG;
    }
    kassert(refused, "history: an owner that has ended does something");
}

/* ---- steps that must be refused ---- */

static unsigned char *choose_bad(void)
{
    struct piece *piece = choose_piece();
    switch (history_choose(8)) {
    case 0: return piece == NULL ? NULL : piece->start + history_choose(piece->usable);
    case 1: return piece == NULL ? NULL : piece->start + piece->usable;
    case 2:
        return piece == NULL ? NULL : piece->start + history_choose(piece->usable) / HISTORY_BLOCK * HISTORY_BLOCK;
    case 3: return history.stale[history_choose(STALE_MAX)];
    case 4: return history.memory + history_choose(HISTORY_RAM / HISTORY_BLOCK) * HISTORY_BLOCK;
    case 5: return history.memory + history_choose(HISTORY_RAM / GRAIN) * GRAIN;
    case 6: return (unsigned char *)(uintptr_t)(history_choose(2) == 0 ? 1 + history_choose(64) : UINTPTR_MAX);
    default: return piece == NULL ? NULL : piece->start; /* another owner's, most of the time */
    }
}

/* Why freeing `ptr` as the current actor is refused; FREE_OK: it is not. FREE_NOT_A_START: whatever the reason. */
static enum free_fault expected_fault(const unsigned char *ptr)
{
    if (!in_memory(ptr) || !in_blocks(ptr)) {
        return FREE_OUTSIDE;
    }
    const struct piece *piece = piece_over(ptr);
    if (piece == NULL) {
        return FREE_NOT_A_START;
    }
    if (ptr == piece->start) {
        return piece->actor == history.current ? FREE_OK : FREE_FOREIGN;
    }
    if (!is_run(piece)) {
        return FREE_NOT_AN_OBJECT;
    }
    return (uintptr_t)ptr % HISTORY_BLOCK != 0 ? FREE_UNALIGNED : FREE_INSIDE_RUN;
}

static void step_bad_free(void)
{
    unsigned char *ptr = choose_bad();
    enum free_fault fault = expected_fault(ptr);
    if (ptr == NULL || fault == FREE_OK) {
        return;
    }
    bool compare = history_choose(16) == 0;
    uint64_t before = compare ? kheap_digest() : 0;
    history.refusals = 0;
    int status = -EINVARG;
    switch (history_choose(4)) {
    case 0: status = kheap_gift(ptr, OWNER_KERNEL); break;
    case 1: kassert(krealloc(ptr, choose_bytes()) == NULL, "history: a bad resize succeeds"); break;
    default: status = kheap_try_free(ptr);
    }
    kassert(status == -EINVARG && history.refusals == 1, "history: a bad pointer is not refused");
    kassert(history.refusal.pointer == ptr && history.refusal.fault != FREE_OK,
            "history: the wrong thing is reported");
    bool exact = history.refusal.fault == fault || fault == FREE_NOT_A_START ||
                 (fault == FREE_INSIDE_RUN && history.refusal.fault == FREE_NOT_A_START) ||
                 (fault == FREE_FOREIGN && history.refusal.fault == FREE_SMALL);
    kassert(exact, "history: a bad pointer is refused for the wrong reason");
    kassert(!compare || kheap_digest() == before, "history: a refusal has changed something");
}

/* ---- the whole ---- */

/* One step; `filling`: rather one that takes than one that gives back. */
static void history_step(bool filling)
{
    uint64_t kind = history_choose(64);
    if (kind < (filling ? 36 : 12)) {
        step_take();
    } else if (kind < 46) {
        step_give();
    } else if (kind < 50) {
        step_resize();
    } else if (kind < 56) {
        step_bad_free();
    } else if (kind < 59) {
        step_gift();
    } else if (kind < 62) {
        step_owner();
    } else if (kind == 62) {
        step_ended_owner();
    } else if (history_choose(4) != 0) {
        step_impossible();
    } else if (history_choose(4) != 0) {
        kheap_trim();
    } else {
        step_reclaim();
    }
}

/* Everything goes back: each region is one free run again. */
static void history_end(void)
{
    while (history.count > 0) {
        struct piece *piece = &history.pieces[history.count - 1];
        act_as(piece->actor);
        expect_pattern(piece->start, piece->usable, piece->stamp);
        kassert(kheap_try_free(piece->start) == 0, "history: a good free is refused");
        forget(piece);
    }
    act_as(0);
    for (size_t i = 1; i < ACTORS; i++) {
        struct reclaim_report report;
        if (history.actors[i].live) {
            kassert(kheap_reclaim(history.actors[i].owner, &report) == 0, "history: a live owner cannot be ended");
        }
        history.actors[i].live = false;
    }
    history_expect_sound();
    kheap_trim();
    history_expect_sound();
    struct kheap_totals totals = kheap_totals();
    kassert(totals.used == 0 && totals.live_runs == 0 && totals.free_runs == totals.regions,
            "history: with nothing allocated a region is not one free run");
}
