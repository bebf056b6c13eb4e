#include "tests/bench/trace.h"

#include <stdlib.h>
#include <string.h>

#include "tests/random.h"

enum { STEPS_MAX = 200000, PAGE = 4096 };

struct maker {
    struct random random;
    struct trace *trace;
};

static uint32_t below(struct maker *maker, uint32_t limit)
{
    return (uint32_t)random_below(&maker->random, limit);
}

static void add(struct maker *maker, uint32_t slot, uint32_t bytes)
{
    struct trace *trace = maker->trace;
    if (trace->count == STEPS_MAX) {
        abort(); /* a workload's own constants say how many steps it has */
    }
    trace->steps[trace->count++] = (struct step){slot, bytes};
    trace->slots = slot >= trace->slots ? slot + 1 : trace->slots;
}

/* From here on steps count. */
static void measure(struct maker *maker)
{
    maker->trace->measured_from = maker->trace->count;
}

static void make_lifo(struct maker *maker)
{
    for (uint32_t burst = 0; burst < 2000; burst++) {
        if (burst == 200) {
            measure(maker);
        }
        uint32_t depth = 1 + below(maker, 16);
        for (uint32_t slot = 0; slot < depth; slot++) {
            add(maker, slot, 1 + below(maker, 1024));
        }
        for (uint32_t slot = depth; slot-- > 0;) {
            add(maker, slot, 0);
        }
    }
}

static void make_queue(struct maker *maker)
{
    enum { RING = 2048 };
    uint32_t head = 0, tail = 0, waiting = 500;
    for (uint32_t turn = 0; turn < 12000; turn++) {
        if (turn == 6000) {
            measure(maker);
        }
        if (turn % 400 == 0) {
            waiting = 1 + below(maker, 2000);
        }
        while (head - tail < waiting) {
            add(maker, head++ % RING, 48 + below(maker, 465));
        }
        while (head - tail >= waiting) {
            add(maker, tail++ % RING, 0);
        }
    }
}

/* Sizes as a kernel asks for them: mostly small, each power of two less often than the one before. */
static uint32_t object_bytes(struct maker *maker)
{
    uint32_t power = 16;
    while (power < 16 * 1024 && below(maker, 100) < 62) {
        power *= 2;
    }
    return power + below(maker, power + 1);
}

static void make_random(struct maker *maker)
{
    enum { OBJECTS = 8000 };
    for (uint32_t slot = 0; slot < OBJECTS; slot++) {
        add(maker, slot, object_bytes(maker));
    }
    for (uint32_t turn = 0; turn < 40000; turn++) {
        if (turn == 30000) {
            measure(maker);
        }
        uint32_t slot = below(maker, OBJECTS);
        add(maker, slot, 0);
        add(maker, slot, object_bytes(maker));
    }
}

static void make_pages(struct maker *maker)
{
    static uint32_t pages[TRACE_ARENA_BYTES / PAGE];
    const uint32_t most = (uint32_t)(TRACE_ARENA_BYTES / PAGE * 3 / 4);
    uint32_t slots = 0, live = 0;
    while (live + 32 <= most) {
        pages[slots] = 1 + below(maker, 32);
        live += pages[slots];
        add(maker, slots, pages[slots] * PAGE);
        slots++;
    }
    for (uint32_t turn = 0; turn < 9000; turn++) {
        if (turn == 5000) {
            measure(maker);
        }
        uint32_t slot = below(maker, slots);
        uint32_t room = most - live + pages[slot];
        live -= pages[slot];
        pages[slot] = 1 + below(maker, room < 32 ? room : 32);
        live += pages[slot];
        add(maker, slot, 0);
        add(maker, slot, pages[slot] * PAGE);
    }
}

bool trace_make(struct trace *trace, const char *name)
{
    static const struct {
        const char *name;
        void (*make)(struct maker *maker);
    } workloads[] = {{"lifo", make_lifo}, {"queue", make_queue}, {"random", make_random}, {"pages", make_pages}};
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
        if (strcmp(name, workloads[i].name) == 0) {
            *trace = (struct trace){.steps = calloc(STEPS_MAX, sizeof *trace->steps)};
            struct maker maker = {{UINT64_C(0x7E55E2A)}, trace};
            workloads[i].make(&maker);
            return true;
        }
    }
    return false;
}
