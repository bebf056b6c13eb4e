/* Monitor commands about memory (core/monitor.h says how commands are called). Each prints through `print` only; one
 * that fails prints a line that starts with "error: " and returns a negative status. */
#pragma once

#include "mm/memmap.h"
#include "mm/plan.h"
#include "mm/report.h"

/* What the boot found out about memory: the context of map and plan; the others need none. */
struct memory_view {
    const char *source; /* memory_source_name */
    const MemoryMapEntry *entries;
    size_t count;
    const struct memmap *map;
    const struct plan *plan;
};

/* The line "tessera: plan {...}". */
void memory_view_certify(const struct memory_view *view, print_fn *print);

/* The firmware's list, and the map made of it. */
int command_map(void *context, const char *arguments, print_fn *print);

/* Where everything lies, and why; the certificate. */
int command_plan(void *context, const char *arguments, print_fn *print);

/* Totals of the kernel heap, and a line for each region. */
int command_heap(void *context, const char *arguments, print_fn *print);

/* "alloc N": takes N bytes and prints where they are. */
int command_alloc(void *context, const char *arguments, print_fn *print);

/* "free ADDRESS": gives back what alloc took. */
int command_free(void *context, const char *arguments, print_fn *print);

/* The full self-check. */
int command_check(void *context, const char *arguments, print_fn *print);

/* Who holds how much, in all and of each size of small objects: with the heap's own walk for each owner (owner_totals). */
int command_owners(void *context, const char *arguments, print_fn *print);
int command_classes(void *context, const char *arguments, print_fn *print);
