/* A small kernel heap with its owners, and the sets that say what it should be (tests/kheap_sets.h): each step is done to
 * both, and compared; each bad one is tried, and must be refused. Included by one test program at a time. */
#pragma once

#include "tests/kheap_refusals.h"
#include "tests/kheap_sets.h"

enum {
    SIZES_MAX = 4,
    WORLD_ALIGNMENT = 64 << 10, /* so that what is naturally aligned is so in every run of the test */
};

/* What is tried. */
struct world {
    const char *name;
    size_t regions[2]; /* blocks of each; 0: none               */
    size_t actors;     /* owners that allocate, kernel included */
    size_t quota[SETS_OWNERS];
    size_t sizes[SIZES_MAX]; /* bytes; 0: no more */
};

enum deed { TAKE, GIVE, GIVE_FOR, GIFT, RECLAIM, TRIM };

struct step {
    uint8_t deed;
    uint8_t actor;
    uint8_t which; /* TAKE: of the sizes; GIVE, GIVE_FOR, GIFT: of the live pieces; RECLAIM: owner to end */
    uint8_t to;    /* GIFT: owner                                                                         */
};

static const struct world *world;
static owner_t owners[SETS_OWNERS];
static struct sets now;       /* what the heap should be */
static size_t refusals_tried; /* by the search */

static void *address(size_t at)
{
    return ram + at;
}

static void act_as(unsigned owner)
{
    assert_int_equal(kheap_act_as(owners[owner]), 0);
}

/* Where no owner's piece is told from where any is. */
static bool in_blocks(size_t at)
{
    for (size_t i = 0; i < plan.region_count; i++) {
        const struct range *blocks = &plan.regions[i].blocks;
        if (blocks->start <= at + RAM_START && at + RAM_START < blocks->end) {
            return true;
        }
    }
    return false;
}

static void begin_world(const struct world *chosen)
{
    world = chosen;
    memset(&plan, 0, sizeof plan);
    uint64_t at = RAM_START + -(uintptr_t)ram % WORLD_ALIGNMENT;
    for (size_t i = 0; i < 2 && world->regions[i] != 0; i++) {
        uint64_t start = at + BLOCK; /* record and entries fit a block: a world is tiny */
        uint64_t end = start + world->regions[i] * BLOCK;
        plan.regions[plan.region_count++] = (struct plan_region){{at, start}, {start, end}};
        at = end + BLOCK; /* a gap */
    }
}

/* The heap and its owners as they are before the first step. */
static void begin_way(void)
{
    use_plan();
    memset(&now, 0, sizeof now);
    owners[0] = OWNER_KERNEL;
    for (unsigned i = 1; i < world->actors; i++) {
        assert_int_equal(owner_create("actor", world->quota[i], &owners[i]), 0);
    }
}

/* ---- what must hold after each step ---- */

static void expect_charges(void)
{
    size_t held = 0;
    for (unsigned i = 0; i < world->actors; i++) {
        struct owner_totals totals;
        int status = owner_totals(owners[i], &totals);
        assert_int_equal(status, now.ended[i] ? -EINVARG : 0);
        if (status != 0) {
            continue;
        }
        size_t runs = 0;
        size_t objects = 0;
        for (size_t k = 0; k < now.count; k++) {
            bool own = now.live[k].owner == i;
            runs += own && !is_small(now.live[k].bytes);
            objects += own && is_small(now.live[k].bytes);
        }
        for (size_t k = 0; k < SIZE_CLASSES; k++) {
            objects -= totals.objects[k];
        }
        assert_int_equal(objects, 0);
        assert_int_equal(totals.runs, runs);
        assert_true(totals.held >= sets_blocks(&now, i) && totals.held <= totals.peak);
        assert_true(sets_blocks(&now, i) <= world->quota[i]);
        held += totals.held;
    }
    struct kheap_totals all = kheap_totals();
    assert_true(held <= all.used + all.kept && all.used + all.kept <= all.peak);
}

/* A request failed: it had to. */
static void expect_no_room(unsigned actor, size_t bytes)
{
    size_t need = heap_blocks_for(footprint(bytes));
    size_t held = sets_blocks(&now, actor);
    assert_false(is_small(bytes) && sets_has_slot(&now, actor, bytes));
    if (held + need > world->quota[actor]) {
        assert_int_equal(quota_refusals, 1);
        assert_int_equal(last_quota.owner, owners[actor]);
        assert_int_equal(last_quota.asked, need);
        assert_true(last_quota.held >= held);
        assert_int_equal(last_quota.quota, world->quota[actor]);
        return;
    }
    assert_int_equal(quota_refusals, 0);
    size_t with_descriptors = need + is_small(bytes);
    assert_true(kheap_totals().longest_free < with_descriptors);
}

/* ---- the steps: each done to the heap and to the sets, and compared ---- */

/* What was given counts as a request for the object that it is: a server may have borrowed a longer one. */
static size_t bytes_given(unsigned actor, size_t bytes, uintptr_t result)
{
    size_t usable = kmalloc_usable_size((void *)result);
    if (usable == footprint(bytes)) {
        return bytes;
    }
    assert_true(actor != 0 && is_small(bytes) && (bytes & (bytes - 1)) != 0);
    assert_true(usable > bytes && 2 * usable <= 3 * bytes && footprint(usable) == usable);
    return usable;
}

static bool take(unsigned actor, size_t bytes)
{
    act_as(actor);
    quota_refusals = 0;
    uintptr_t result = (uintptr_t)kmalloc(bytes);
    if (result == 0) {
        expect_no_room(actor, bytes);
        return false;
    }
    size_t start = result - (uintptr_t)ram;
    size_t natural = bytes & (~bytes + 1);
    bytes = bytes_given(actor, bytes, result);
    struct piece piece = {(uint32_t)start, (uint16_t)bytes, (uint8_t)actor, 0};
    assert_int_equal(quota_refusals, 0);
    assert_true(start < sizeof ram && in_blocks(start) && in_blocks(end_of(&piece) - 1));
    assert_int_equal(result % (natural > BLOCK ? BLOCK : natural < 16 ? 16 : natural), 0);
    assert_true(sets_disjoint(&now, &piece));
    assert_int_equal(kmalloc_usable_size((void *)result), footprint(bytes));
    memset((void *)result, 0xEE, 16);
    memset((char *)result + footprint(bytes) - 16, 0xEE, 16);
    sets_add(&now, piece);
    return true;
}

static bool give(unsigned actor, size_t which, bool on_behalf)
{
    struct piece piece = now.live[which];
    act_as(actor);
    void *ptr = address(piece.start);
    int status = on_behalf ? kheap_free_of(owners[piece.owner], ptr) : kheap_try_free(ptr);
    assert_int_equal(status, 0);
    sets_remove(&now, which);
    return true;
}

static bool gift(unsigned actor, size_t which, unsigned to)
{
    struct piece piece = now.live[which];
    size_t blocks = heap_blocks_for(piece.bytes);
    size_t held = sets_blocks(&now, to);
    act_as(actor);
    quota_refusals = 0;
    int status = kheap_gift(address(piece.start), owners[to]);
    bool over = to != actor && held + blocks > world->quota[to];
    assert_int_equal(status, over ? -EQUOTA : 0);
    assert_int_equal(quota_refusals, over);
    if (over) {
        assert_int_equal(last_quota.owner, owners[to]);
        assert_int_equal(last_quota.asked, blocks);
        return false;
    }
    now.live[which].owner = (uint8_t)to;
    return true;
}

static bool reclaim(unsigned actor, unsigned owner)
{
    struct reclaim_report report;
    memset(&report, 0xA5, sizeof report);
    act_as(actor);
    assert_int_equal(kheap_reclaim(owners[owner], &report), 0);
    size_t runs = 0;
    size_t objects[SIZE_CLASSES] = {0};
    for (size_t i = 0; i < now.count; i++) {
        if (now.live[i].owner != owner) {
            continue;
        }
        if (is_small(now.live[i].bytes)) {
            objects[size_class_of(now.live[i].bytes)]++;
        } else {
            runs++;
        }
    }
    assert_int_equal(report.runs, runs);
    assert_memory_equal(report.objects, objects, sizeof objects);
    assert_true(report.blocks >= sets_blocks(&now, owner));
    sets_end(&now, owner);
    return true;
}

/* Returns whether the heap may have changed; if not, it has not. */
static bool do_step(struct step step)
{
    switch ((enum deed)step.deed) {
    case TAKE: return take(step.actor, world->sizes[step.which]);
    case GIVE: return give(step.actor, step.which, false);
    case GIVE_FOR: return give(step.actor, step.which, true);
    case GIFT: return gift(step.actor, step.which, step.to);
    case RECLAIM: return reclaim(step.actor, step.which);
    case TRIM: kheap_trim(); return true;
    }
    fail();
    return false;
}

/* ---- what is refused ---- */

/* Every address that could be mistaken for something, in a block. */
static const uint16_t offsets[] = {0, 1, 8, 16, 1024, 1040, 1280, 2048, 2064, 2560, 3072, 4080, 4095};

static void refuse(unsigned actor, void *ptr, enum free_fault fault, bool on_behalf)
{
    refusals = 0;
    int status = on_behalf ? kheap_free_of(owners[actor], ptr) : kheap_try_free(ptr);
    assert_int_equal(status, -EINVARG);
    assert_int_equal(refusals, 1);
    assert_ptr_equal(last_refusal.pointer, ptr);
    if (fault == FREE_NOT_A_START) {
        assert_true(last_refusal.fault != FREE_OK && last_refusal.fault != FREE_OUTSIDE);
    } else {
        assert_int_equal(last_refusal.fault, fault);
    }
    refusals_tried++;
}

static void refuse_gift(void *ptr, unsigned to)
{
    assert_int_equal(kheap_gift(ptr, owners[to]), -EINVARG);
    refusals_tried++;
}

static void try_address(unsigned actor, size_t at)
{
    enum free_fault fault = in_blocks(at) ? sets_fault(&now, actor, at) : FREE_OUTSIDE;
    if (fault == FREE_OK) {
        if (is_small(sets_over(&now, at)->bytes)) {
            refuse_gift(address(at), 0);
            assert_int_equal(last_refusal.fault, FREE_SMALL);
        }
        return;
    }
    refuse(actor, address(at), fault, false);
    refuse(actor, address(at), fault, true);
    refuse_gift(address(at), actor);
    assert_int_equal(kmalloc_usable_size(address(at)) != 0,
                     fault == FREE_FOREIGN && kmalloc_usable_size(address(at)) != 0);
}

static void try_everywhere(unsigned actor)
{
    size_t end = plan.regions[plan.region_count - 1].blocks.end - RAM_START + BLOCK;
    for (size_t block = plan.regions[0].table.start - RAM_START; block < end; block += BLOCK) {
        for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
            try_address(actor, block + offsets[i]);
        }
    }
    int on_the_stack;
    refuse(actor, &on_the_stack, FREE_OUTSIDE, false);
    refuse(actor, (void *)1, FREE_OUTSIDE, false);
    refuse(actor, (void *)UINTPTR_MAX, FREE_OUTSIDE, false);
}

static void try_the_dead(unsigned dead)
{
    struct reclaim_report report;
    assert_int_equal(kheap_act_as(owners[dead]), -EINVARG);
    assert_int_equal(kheap_reclaim(owners[dead], &report), -EINVARG);
    for (size_t i = 0; i < now.count; i++) {
        assert_int_equal(kheap_free_of(owners[dead], address(now.live[i].start)), -EINVARG);
        if (!is_small(now.live[i].bytes)) {
            act_as(now.live[i].owner);
            refuse_gift(address(now.live[i].start), dead);
        }
    }
    refusals_tried++;
}

/* Nothing that is refused changes anything. */
static void try_bad(void)
{
    uint64_t before = kheap_digest();
    struct reclaim_report report;
    for (unsigned actor = 0; actor < world->actors; actor++) {
        if (now.ended[actor]) {
            try_the_dead(actor);
            continue;
        }
        act_as(actor);
        try_everywhere(actor);
        assert_int_equal(kheap_reclaim(owners[actor], &report), -EINVARG);
        assert_int_equal(kheap_reclaim(OWNER_KERNEL, &report), -EINVARG);
        assert_int_equal(kheap_reclaim(OWNER_HEAP, &report), -EINVARG);
        assert_null(kmalloc(0));
        assert_null(kmalloc(SIZE_MAX));
    }
    assert_true(kheap_digest() == before);
}
