/* mm/address_space.c: random changes of several spaces beside each other, compared with what a list of pages says. */
#include "tests/space_walker.h"

#include "tests/random.h"

enum { SPACES = 3, SPOTS = 60, STEPS = 30000 };

static uintptr_t spots[SPOTS]; /* sorted */

struct mirror {
    struct address_space space;
    bool mapped[SPOTS];
    struct user_page pages[SPOTS];
};

static struct mirror mirrors[SPACES];
static owner_t servers[SPACES];

/* Some next to each other, some at either end of a table of each level, the rest anywhere. */
static void choose_spots(struct random *random)
{
    static const unsigned shifts[] = {12, 21, 30, 39};
    for (size_t i = 0; i < SPOTS;) {
        uintptr_t at = random_below(random, 4) == 0 ? random_next(random) % UINT64_C(0x800000000000) : 0;
        at += random_below(random, 3) << shifts[random_below(random, 4)];
        at -= random_below(random, 2) * 4096;
        at &= UINT64_C(0x7FFFFFFFF000);
        bool good = at != 0 && at != UINT64_C(0x7FFFFFFFF000);
        size_t place = i;
        while (good && place > 0 && spots[place - 1] >= at) {
            good = spots[--place] != at;
        }
        if (good) {
            memmove(spots + place + 1, spots + place, (i - place) * sizeof *spots);
            spots[place] = at;
            i++;
        }
    }
}

static void compare(const struct mirror *mirror)
{
    size_t count = 0;
    read_back(&mirror->space);
    for (size_t i = 0; i < SPOTS; i++) {
        struct user_page found;
        assert_int_equal(address_space_lookup(&mirror->space, spots[i] + 0xABC, &found),
                         mirror->mapped[i] ? 0 : -EINVARG);
        if (mirror->mapped[i]) {
            assert_same_page(&found, &mirror->pages[i]);
            assert_same_page(&seen[count++], &mirror->pages[i]);
        }
    }
    assert_int_equal(seen_count, count);
}

static struct user_page page_at(size_t spot, struct random *random)
{
    static const unsigned kinds[] = {0, USER_WRITE, USER_EXECUTE, USER_DEVICE, USER_DEVICE | USER_WRITE};
    uint64_t physical = random_next(random) & UINT64_C(0xFFFFFFFFFF000);
    return (struct user_page){spots[spot], physical, kinds[random_below(random, 5)]};
}

static void change(struct mirror *mirror, struct random *random)
{
    size_t spot = random_below(random, SPOTS);
    bool *mapped = &mirror->mapped[spot];
    struct user_page page = page_at(spot, random);
    switch (random_below(random, 3)) {
    case 0:
        assert_int_equal(address_space_map(&mirror->space, &page), *mapped ? -EINVARG : 0);
        mirror->pages[spot] = *mapped ? mirror->pages[spot] : page;
        *mapped = true;
        break;
    case 1:
        assert_int_equal(address_space_unmap(&mirror->space, spots[spot]), *mapped ? 1 : -EINVARG);
        *mapped = false;
        break;
    default:
        assert_int_equal(address_space_protect(&mirror->space, spots[spot], page.rights),
                         *mapped ? page.rights != mirror->pages[spot].rights : -EINVARG);
        mirror->pages[spot].rights = *mapped ? page.rights : mirror->pages[spot].rights;
        break;
    }
}

/* Ends the space and makes another. */
static void renew(size_t index)
{
    struct mirror *mirror = &mirrors[index];
    size_t tables = mirror->space.tables;
    assert_int_equal(address_space_destroy(&mirror->space), tables);
    memset(mirror, 0, sizeof *mirror);
    assert_int_equal(address_space_create(servers[index], &mirror->space), 0);
}

static void random_changes_are_what_the_list_says(void **state)
{
    (void)state;
    struct random random = random_seeded("address spaces");
    choose_spots(&random);
    size_t used = kheap_totals().used;
    for (size_t i = 0; i < SPACES; i++) {
        servers[i] = new_owner(OWNER_NO_QUOTA);
        memset(&mirrors[i], 0, sizeof mirrors[i]);
        assert_int_equal(address_space_create(servers[i], &mirrors[i].space), 0);
    }
    size_t records = kheap_totals().used - used - SPACES;
    for (unsigned step = 0; step < STEPS; step++) {
        size_t index = random_below(&random, SPACES);
        change(&mirrors[index], &random);
        if (step % 50 == 0) {
            compare(&mirrors[index]);
        }
        if (random_below(&random, 1000) == 0) {
            renew(index);
        }
    }
    size_t tables = 0;
    for (size_t i = 0; i < SPACES; i++) {
        struct owner_totals totals;
        compare(&mirrors[i]);
        assert_int_equal(owner_totals(servers[i], &totals), 0);
        assert_int_equal(totals.charged, mirrors[i].space.tables);
        tables += address_space_destroy(&mirrors[i].space);
        assert_int_equal(owner_totals(servers[i], &totals), 0);
        assert_int_equal(totals.held, 0);
    }
    assert_true(tables > SPACES);
    assert_int_equal(kheap_totals().used, used + records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_changes_are_what_the_list_says, spaces, sound),
    };
    return cmocka_run_group_tests_name("address spaces, random", tests, NULL, NULL);
}
