/* ipc/carry.c: what a message carries changes hands whole, or not at all. */
#include <stdlib.h>

#include "tests/space_walker.h"

#include "ipc/carry.h"
#include "mm/charge.h"
#include "mm/grant.h"

enum { SLOTS = 4, QUOTA = 24 };

/* Three servers, of which one is in ring 3 twice: a thread of the kernel, and two with windows. */
static struct bearer kernel, user, other;
static struct address_space spaces_of[2];
static struct handle *ring;
static char somewhere;
#define ENDPOINT ((struct ipc_endpoint *)(void *)&somewhere)

static struct handle_table *new_table(void)
{
    struct handle_table *table = malloc(handle_table_bytes(SLOTS));
    memset(table, 0xA5, handle_table_bytes(SLOTS));
    handle_table_init(table, SLOTS);
    return table;
}

static struct bearer new_bearer(struct address_space *space)
{
    struct bearer bearer = {.owner = new_owner(QUOTA),
                            .space = space,
                            .handles = new_table(),
                            .accepts = MESSAGE_CARRIES,
                            .blocks = WINDOW_BLOCKS_MAX};
    if (space != NULL) {
        assert_int_equal(address_space_create(bearer.owner, space), 0);
    }
    return bearer;
}

static int three(void **state)
{
    spaces(state);
    ring = NULL;
    kernel = new_bearer(NULL);
    user = new_bearer(&spaces_of[0]);
    other = new_bearer(&spaces_of[1]);
    return 0;
}

static int end(void **state)
{
    free(kernel.handles);
    free(user.handles);
    free(other.handles);
    return sound(state);
}

/* Without what the kernel has for it, and what its heap knows of its window. */
static size_t held(const struct bearer *bearer)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(bearer->owner, &totals), 0);
    entries_count = 0;
    if (bearer->space != NULL) {
        read_window(bearer->space);
    }
    return totals.held - totals.charged - entries_count;
}

/* Blocks as the bearer has and names them. */
static void *take(const struct bearer *bearer, size_t blocks)
{
    int status = 0;
    void *run = kmalloc_for(bearer->owner, blocks * BLOCK, &status);
    assert_int_equal(status, 0);
    memset(run, 0x5A, blocks * BLOCK);
    if (bearer->space == NULL) {
        return run;
    }
    assert_int_equal(window_map(bearer->space, run, blocks), 0);
    return (void *)window_address(run);
}

static void *address(void *gift, size_t block)
{
    return (char *)gift + block * BLOCK;
}

static int gift(const struct bearer *from, const struct bearer *to, void *ptr, size_t blocks, void **got)
{
    struct cargo cargo = {.carries = MESSAGE_GIFT, .gift = ptr, .gift_blocks = blocks};
    int status = carry(from, to, &cargo);
    if (got != NULL) {
        *got = cargo.gift;
    }
    return status;
}

static void a_gift_between_servers_in_the_kernel_stays_where_it_is(void **state)
{
    (void)state;
    struct bearer second = new_bearer(NULL);
    void *run = take(&kernel, 3), *got;
    assert_int_equal(gift(&kernel, &second, run, 3, &got), 0);
    assert_ptr_equal(got, run);
    assert_int_equal(held(&kernel), 0);
    assert_int_equal(held(&second), 3);
    assert_int_equal(kheap_free_of(second.owner, got), 0);
    free(second.handles);
}

/*   kernel  |#####|   ->   ring 3  |#|#|#|   shown at its one address, and any part of it can go on */
static void a_gift_to_ring_3_appears_in_its_window(void **state)
{
    (void)state;
    void *run = take(&kernel, 3), *got;
    assert_int_equal(gift(&kernel, &user, run, 3, &got), 0);
    assert_int_equal((uintptr_t)got, window_address(run));
    assert_true(window_holds(user.space, run, 3));
    assert_int_equal(held(&kernel), 0);
    assert_int_equal(held(&user), 3);
    assert_int_equal(gift(&user, &other, address(got, 1), 1, &got), 0);
    assert_int_equal((uintptr_t)got, window_address(run) + BLOCK);
    assert_false(window_holds(user.space, address(run, 1), 1));
    assert_true(window_holds(user.space, run, 1));
    assert_true(window_holds(other.space, address(run, 1), 1));
    assert_int_equal(held(&user), 2);
    assert_int_equal(held(&other), 1);
}

/* What a heap in ring 3 knows of blocks beside each other is in one page: the second one makes none. */
static void a_second_gift_beside_the_first_needs_no_page(void **state)
{
    (void)state;
    char *run = take(&kernel, 1), *beside = take(&kernel, 1);
    assert_ptr_equal(beside, run + BLOCK);
    assert_int_equal(gift(&kernel, &user, run, 1, NULL), 0);
    size_t free_before = kheap_totals().blocks - kheap_totals().used;
    assert_int_equal(gift(&kernel, &user, beside, 1, NULL), 0);
    assert_int_equal(kheap_totals().blocks - kheap_totals().used, free_before);
    assert_true(window_holds(user.space, run, 2));
}

/* Blocks that were granted one by one, or in several pieces, become one run. */
static void a_gift_from_ring_3_is_a_run_that_can_be_freed(void **state)
{
    (void)state;
    char *blocks = take(&user, 6);
    void *got;
    assert_int_equal(gift(&user, &kernel, blocks + BLOCK, 4, &got), 0);
    assert_ptr_equal(got, window_pointer((uintptr_t)blocks + BLOCK));
    assert_int_equal(held(&user), 2);
    assert_int_equal(held(&kernel), 4);
    assert_int_equal(kheap_free_of(kernel.owner, (char *)got + BLOCK), -EINVARG);
    assert_int_equal(kheap_free_of(kernel.owner, got), 0);
    assert_int_equal(held(&kernel), 0);
    read_window(user.space);
    assert_int_equal(seen_count, 2);
}

static void assert_refused(const struct bearer *from, const struct bearer *to, struct cargo cargo, int status)
{
    struct cargo before = cargo;
    uint64_t digest = kheap_digest();
    assert_int_equal(carry(from, to, &cargo), status);
    assert_true(kheap_digest() == digest);
    assert_memory_equal(&cargo, &before, sizeof cargo);
    assert_null(kheap_check());
}

static struct cargo blocks_at(void *ptr, uint64_t blocks)
{
    return (struct cargo){.carries = MESSAGE_GIFT, .gift = ptr, .gift_blocks = blocks};
}

static void what_is_not_the_senders_cannot_be_given(void **state)
{
    (void)state;
    char *run = take(&kernel, 3), *mine = take(&user, 3), *theirs = take(&other, 2);
    void *hidden = take_as(user.owner, BLOCK); /* as a program's own memory is */
    assert_int_equal(grant_tables(other.space, window_pointer((uintptr_t)mine), 3), 0);
    assert_int_equal(window_map(other.space, window_pointer((uintptr_t)mine + BLOCK), 1),
                     0); /* all tables are there now */
    (void)window_unmap(other.space, window_pointer((uintptr_t)mine + BLOCK), 1);
    const struct {
        const struct bearer *from;
        struct cargo cargo;
    } bad[] = {
        {&user, blocks_at(mine, 0)},
        {&user, blocks_at(mine, 4)},
        {&user, blocks_at(mine, WINDOW_BLOCKS_MAX + 1)},
        {&user, blocks_at(mine, UINT64_MAX)},
        {&user, blocks_at(mine + 16, 1)},
        {&user, blocks_at(theirs, 1)},
        {&user, blocks_at(run, 3)},
        {&user, blocks_at(NULL, 1)},
        {&user, blocks_at((void *)UINTPTR_MAX, 1)},
        {&user, blocks_at((void *)window_address(run), 3)},
        {&user, blocks_at((void *)window_address(hidden), 1)},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_refused(bad[i].from, &other, bad[i].cargo, -EINVARG);
    }
    struct bearer second = new_bearer(NULL);
    char *small = take_as(kernel.owner, 64);
    assert_refused(&kernel, &second, blocks_at(run, 2), -EINVARG);
    assert_refused(&kernel, &second, blocks_at(run, 4), -EINVARG);
    assert_refused(&kernel, &second, blocks_at(run + BLOCK, 2), -EINVARG);
    assert_refused(&kernel, &second, blocks_at(small, 1), -EINVARG);
    assert_refused(&kernel, &second, blocks_at(mine, 1), -EINVARG);
    assert_refused(&kernel, &second, blocks_at(NULL, 1), -EINVARG);
    free(second.handles);
}

static void a_receiver_may_refuse(void **state)
{
    (void)state;
    void *mine = take(&user, 3);
    other.accepts = 0;
    assert_refused(&user, &other, blocks_at(mine, 3), -EREFUSED);
    other.accepts = MESSAGE_HANDLE;
    assert_refused(&user, &other, blocks_at(mine, 3), -EREFUSED);
    other.accepts = MESSAGE_GIFT;
    other.blocks = 2;
    assert_refused(&user, &other, blocks_at(mine, 3), -EREFUSED);
    assert_int_equal(gift(&user, &other, mine, 2, NULL), 0);
    assert_refused(&user, &other, (struct cargo){.carries = 4}, -EINVARG);
    assert_refused(&user, &other, (struct cargo){.carries = MESSAGE_HANDLE}, -EREFUSED);
}

/* To one who may hold so many blocks more, beside its top-level table. */
static int gift_to_poor(void *mine, size_t room)
{
    struct address_space space;
    struct bearer poor = new_bearer(&space);
    void *got;
    assert_int_equal(kheap_charge(poor.owner, QUOTA - 1 - room), 0);
    quota_refusals = 0;
    int status = gift(&user, &poor, mine, 3, &got);
    assert_int_equal(quota_refusals, status != 0);
    if (status == 0) {
        read_window(&space);
        assert_int_equal(room, space.tables - 1 + entries_count + 3);
    }
    assert_true(window_holds(&space, window_pointer((uintptr_t)mine), 3) == (status == 0));
    assert_true(window_holds(user.space, window_pointer((uintptr_t)mine), 3) == (status != 0));
    assert_int_equal(held(&user), status == 0 ? 0 : 3);
    (void)address_space_destroy(&space);
    free(poor.handles);
    return status;
}

/* Blocks that the receiver may not hold stay the sender's, and shown to it; so do those for which it may not have the tables, or the
 * entries of its heap. */
static void a_full_quota_refuses(void **state)
{
    (void)state;
    void *mine = take(&user, 3);
    size_t room = 0;
    for (int status; (status = gift_to_poor(mine, room)) != 0; room++) {
        assert_int_equal(status, -EQUOTA);
    }
    assert_true(room > 3 + 3);
    mine = take(&user, 1);
    struct bearer poor = new_bearer(NULL);
    assert_non_null(take_as(poor.owner, QUOTA * BLOCK));
    assert_refused(&user, &poor, blocks_at(mine, 1), -EQUOTA);
    free(poor.handles);
}

/* Handles */

static handle_t give(const struct bearer *to, uint16_t rights)
{
    return handle_give(to->handles, ENDPOINT, &ring, &(struct handle){.badge = 9, .rights = rights});
}

static struct cargo handle_with(handle_t handle, uint64_t rights)
{
    return (struct cargo){.carries = MESSAGE_HANDLE, .handle = handle, .rights = rights};
}

static void a_handle_is_handed_on_with_some_of_its_rights(void **state)
{
    (void)state;
    handle_t mine = give(&user, HANDLE_CALL | HANDLE_SEND | HANDLE_PASS);
    struct cargo cargo = handle_with(mine, HANDLE_CALL);
    assert_int_equal(carry(&user, &kernel, &cargo), 0);
    const struct handle *got = handle_named(kernel.handles, cargo.handle);
    assert_non_null(got);
    assert_int_equal(got->rights, HANDLE_CALL);
    assert_int_equal(got->badge, 9);
    assert_ptr_equal(got->endpoint, ENDPOINT);
    assert_non_null(handle_named(user.handles, mine));
    assert_true(handle_revoke_one(handle_named(user.handles, mine), &ring));
    assert_null(handle_named(kernel.handles, cargo.handle));
}

static void a_handle_that_cannot_be_handed_on_is_not(void **state)
{
    (void)state;
    handle_t mine = give(&user, HANDLE_CALL | HANDLE_PASS), kept = give(&user, HANDLE_CALL);
    assert_refused(&user, &kernel, handle_with(kept, HANDLE_CALL), -EPERM);
    assert_refused(&user, &kernel, handle_with(mine, HANDLE_CALL | HANDLE_SEND), -EPERM);
    assert_refused(&user, &kernel, handle_with(mine, UINT64_MAX), -EPERM);
    assert_refused(&user, &kernel, handle_with(mine, 0), -EINVARG);
    assert_refused(&user, &kernel, handle_with(mine + 7, HANDLE_CALL), -EINVARG);
    assert_refused(&user, &kernel, handle_with(0, HANDLE_CALL), -EINVARG);
    for (size_t i = 0; i < SLOTS; i++) {
        give(&kernel, HANDLE_CALL);
    }
    assert_refused(&user, &kernel, handle_with(mine, HANDLE_CALL), -ENOMEM);
    handle_named(user.handles, mine)->depth = HANDLE_DEPTH_MAX;
    assert_refused(&user, &other, handle_with(mine, HANDLE_CALL), -ENOMEM);
}

/* Where one of the two cannot go, neither does. */
static void both_are_carried_or_neither(void **state)
{
    (void)state;
    void *blocks = take(&user, 2);
    handle_t mine = give(&user, HANDLE_CALL | HANDLE_PASS);
    struct cargo cargo = {MESSAGE_CARRIES, blocks, 2, mine, HANDLE_CALL};
    cargo.handle = mine + 1;
    assert_refused(&user, &kernel, cargo, -EINVARG);
    cargo.handle = mine;
    cargo.gift_blocks = 3;
    assert_refused(&user, &kernel, cargo, -EINVARG);
    assert_true(handle_table_has_room(kernel.handles));
    assert_ptr_equal(ring->next, ring);
    cargo.gift_blocks = 2;
    assert_int_equal(carry(&user, &kernel, &cargo), 0);
    assert_int_equal(held(&kernel), 2);
    assert_non_null(handle_named(kernel.handles, cargo.handle));
}

#define OF_THREE(test) cmocka_unit_test_setup_teardown(test, three, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OF_THREE(a_gift_between_servers_in_the_kernel_stays_where_it_is),
        OF_THREE(a_gift_to_ring_3_appears_in_its_window),
        OF_THREE(a_second_gift_beside_the_first_needs_no_page),
        OF_THREE(a_gift_from_ring_3_is_a_run_that_can_be_freed),
        OF_THREE(what_is_not_the_senders_cannot_be_given),
        OF_THREE(a_receiver_may_refuse),
        OF_THREE(a_full_quota_refuses),
        OF_THREE(a_handle_is_handed_on_with_some_of_its_rights),
        OF_THREE(a_handle_that_cannot_be_handed_on_is_not),
        OF_THREE(both_are_carried_or_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
