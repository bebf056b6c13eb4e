/* What the kernel heap's operations cost, counted on the machine itself. Under `-icount shift=0` QEMU's time stamp counter
 * counts instructions, exactly; on other machines the figures are only an idea. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "mm/heap.h"
#include "mm/report.h"

/* A figure of others: fills in `count` samples, or returns a negative status. */
struct bench_figure {
    const char *name;
    int (*measure)(uint64_t *samples, size_t count);
};

/* What main.c knows and measured once, at boot. */
struct bench {
    uint64_t (*now)(void);     /* the time stamp counter                           */
    uint64_t kheap_init;       /* counts that it took                              */
    uint64_t boot_to_user;     /* from kernel entry to the first instruction in ring 3, calibration aside */
    uint64_t boot_to_ready;    /* from there to "ready", likewise                  */
    uint64_t boot_calibration; /* spent on measuring the clocks                    */
    const struct bench_figure *others;
    size_t other_count;
};

/* Monitor command; the context is a struct bench. Prints a line "bench: NAME MIN MEDIAN MAX" for each figure: what a
 * caller pays, passing the argument, call and return included, reading the counter not. The heap is as before, and
 * nothing else may use it meanwhile. 0, or -ENOMEM after "error: " and a sentence. */
int command_bench(void *context, const char *arguments, print_fn *print);

/* For heap_refused: whether the refusal is one that is being measured at this moment, and so needs no report. */
bool bench_expects(const struct heap_refusal *refusal);
