/* Replays a workload on an allocator.
 *
 * usage: host_bench [--check] ALLOCATOR WORKLOAD
 *
 * ALLOCATOR is a shared object with bench_init, bench_alloc and bench_free (tests/yardstick.h), or one with malloc and free,
 * or "libc" for this program's own, or "none" for one that does nothing. WORKLOAD: tests/bench/trace.h. Prints the
 * number of measured calls that allocated and that freed. With --check the first and last byte of every object are
 * written, and looked at when it is freed.
 *
 * To count instructions, run it under callgrind with --toggle-collect=measured; what "none" takes is the harness.
 * Exit status: 0; 1 an allocation failed or an object was damaged; 2 wrong usage. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/bench/trace.h"

struct allocator {
    void *(*allocate)(size_t bytes);
    void (*release)(void *ptr);
};

struct object {
    unsigned char *start;
    uint32_t bytes;
};

static _Noreturn void give_up(int status, const char *what, const char *why)
{
    fprintf(stderr, "host_bench: %s: %s\n", what, why);
    exit(status);
}

/* The cheapest pair there is: two instructions and one. */
static void *allocate_nothing(size_t bytes)
{
    static char nothing[1];
    (void)bytes;
    return nothing;
}

static void release_nothing(void *ptr)
{
    (void)ptr;
}

static void start_over_arena(int (*init)(void *, size_t), const char *path)
{
    uintptr_t memory = (uintptr_t)mmap(NULL, 2 * TRACE_ARENA_BYTES, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == (uintptr_t)MAP_FAILED) {
        give_up(1, path, "no memory for the arena");
    }
    uintptr_t arena = (memory + TRACE_ARENA_BYTES - 1) / TRACE_ARENA_BYTES * TRACE_ARENA_BYTES;
    if (init((void *)arena, TRACE_ARENA_BYTES) != 0) {
        give_up(1, path, "bench_init refused the arena");
    }
}

static struct allocator load(const char *name)
{
    if (strcmp(name, "none") == 0) {
        return (struct allocator){allocate_nothing, release_nothing};
    }
    if (strcmp(name, "libc") == 0) {
        return (struct allocator){malloc, free};
    }
    void *object = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) {
        give_up(2, name, dlerror());
    }
    int (*init)(void *, size_t) = (int (*)(void *, size_t))dlsym(object, "bench_init");
    struct allocator found = {
        (void *(*)(size_t))dlsym(object, init != NULL ? "bench_alloc" : "malloc"),
        (void (*)(void *))dlsym(object, init != NULL ? "bench_free" : "free"),
    };
    if (found.allocate == NULL || found.release == NULL) {
        give_up(2, name, "is no allocator");
    }
    if (init != NULL) {
        start_over_arena(init, name);
    }
    return found;
}

static inline void replay(const struct allocator *allocator, const struct step *from, const struct step *to,
                          struct object *objects)
{
    for (const struct step *step = from; step < to; step++) {
        struct object *object = &objects[step->slot];
        if (step->bytes == 0) {
            allocator->release(object->start);
            continue;
        }
        object->start = allocator->allocate(step->bytes);
        if (object->start == NULL) {
            give_up(1, "replay", "an allocation failed");
        }
    }
}

/* callgrind counts inside this function only. */
__attribute__((noinline)) void measured(const struct allocator *allocator, const struct step *from,
                                        const struct step *to, struct object *objects);
void measured(const struct allocator *allocator, const struct step *from, const struct step *to,
              struct object *objects)
{
    replay(allocator, from, to, objects);
}

static void print_calls(const struct trace *trace)
{
    size_t allocated = 0, calls = trace->count - trace->measured_from;
    for (size_t i = trace->measured_from; i < trace->count; i++) {
        allocated += trace->steps[i].bytes != 0;
    }
    printf("%zu %zu\n", allocated, calls - allocated);
}

static bool intact(const struct object *object, unsigned char stamp)
{
    return object->start != NULL && object->start[0] == stamp && object->start[object->bytes - 1] == stamp;
}

static void replay_checked(const struct allocator *allocator, const struct trace *trace, struct object *objects)
{
    for (const struct step *step = trace->steps; step < trace->steps + trace->count; step++) {
        struct object *object = &objects[step->slot];
        unsigned char stamp = (unsigned char)(step->slot + 1);
        if (step->bytes == 0 && !intact(object, stamp)) {
            give_up(1, "check", "an object was overwritten");
        }
        replay(allocator, step, step + 1, objects);
        if (step->bytes != 0) {
            object->bytes = step->bytes;
            object->start[0] = stamp;
            object->start[object->bytes - 1] = stamp;
        }
    }
}

int main(int argc, char **argv)
{
    struct trace trace;
    bool check = argc > 1 && strcmp(argv[1], "--check") == 0;
    char **words = argv + 1 + check;
    if (argc - check != 3) {
        give_up(2, "usage", "host_bench [--check] ALLOCATOR WORKLOAD");
    }
    if (!trace_make(&trace, words[1])) {
        give_up(2, words[1], "no such workload");
    }
    struct object *objects = calloc(trace.slots, sizeof *objects);
    struct allocator allocator = load(words[0]);
    if (check) {
        replay_checked(&allocator, &trace, objects);
    } else {
        const struct step *middle = trace.steps + trace.measured_from;
        replay(&allocator, trace.steps, middle, objects);
        measured(&allocator, middle, trace.steps + trace.count, objects);
    }
    print_calls(&trace);
    return 0;
}
