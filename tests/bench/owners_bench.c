/* What 64 owners of few objects each hold beyond what they asked for.
 *
 * usage: owners_bench [OBJECTS MOST]
 *
 * Each owner takes OBJECTS objects, 85 % of 16 to 512 bytes, 12.5 % to 4 KiB, 2.5 % to 64 KiB, each octave as often as the
 * next; then objects are replaced at random, three times as often as there are any. Prints the most that was held at one
 * time against the most that was live, in all of 1000ths. Exit status: 0; 1 it is above MOST; 2 wrong usage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/kheap.h"
#include "mm/owner.h"
#include "tests/random.h"
#include "tests/yardstick.h"

enum { OWNERS = 64, OBJECTS_MAX = 1000, ARENA = 128 << 20, ALIGNMENT = 2 << 20 };

struct object {
    void *start;
    size_t bytes;
};

static struct random dice = {UINT64_C(0x0E4E25)};
static owner_t owners[OWNERS];
static struct object objects[OWNERS][OBJECTS_MAX];
static size_t live;
static size_t most_live;

static size_t between(size_t low, unsigned octaves)
{
    size_t base = low << random_below(&dice, octaves);
    return base + random_below(&dice, base);
}

static size_t object_bytes(void)
{
    uint64_t kind = random_below(&dice, 1000);
    return kind < 850 ? between(16, 5) : kind < 975 ? between(512, 3) : between(4096, 4);
}

static void replace(unsigned owner, struct object *object)
{
    kfree(object->start);
    live -= object->bytes;
    object->bytes = object_bytes();
    object->start = kmalloc(object->bytes);
    if (object->start == NULL) {
        fprintf(stderr, "owners_bench: owner %u got no memory\n", owner);
        exit(1);
    }
    live += object->bytes;
    most_live = live > most_live ? live : most_live;
}

static unsigned measure(size_t count)
{
    memset(objects, 0, sizeof objects);
    live = most_live = 0;
    void *arena = aligned_alloc(ALIGNMENT, ARENA);
    if (arena == NULL || bench_init(arena, ARENA) != 0) {
        exit(1);
    }
    for (unsigned i = 0; i < OWNERS; i++) {
        (void)owner_create("server", OWNER_NO_QUOTA, &owners[i]);
    }
    for (size_t step = 0; step < 4 * count * OWNERS; step++) {
        bool first = step < count * OWNERS;
        unsigned owner = (unsigned)(first ? step % OWNERS : random_below(&dice, OWNERS));
        (void)kheap_act_as(owners[owner]);
        replace(owner, &objects[owner][first ? step / OWNERS : random_below(&dice, count)]);
    }
    size_t held = kheap_totals().peak * HEAP_BLOCK_SIZE;
    free(arena);
    return (unsigned)(held * 1000 / most_live);
}

int main(int argc, char **argv)
{
    static const size_t counts[] = {50, 150, 500, 1000};
    size_t count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    if (argc == 3 && count != 0 && count <= OBJECTS_MAX) {
        unsigned got = measure(count);
        printf("%s objects each: %u, at most %s\n", argv[1], got, argv[2]);
        return got > strtoul(argv[2], NULL, 10);
    }
    for (size_t i = 0; argc == 1 && i < sizeof counts / sizeof *counts; i++) {
        printf("%4zu objects each: %u\n", counts[i], measure(counts[i]));
    }
    return argc == 1 ? 0 : 2;
}
