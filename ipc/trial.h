/* Small programs in ring 3 for drills and benchmarks: a page of code, a page of data with the message at its start and the
 * stack at its end, and an address space of their own. Kernel only. */
#pragma once

#include "ipc/setup.h"
#include "mm/address_space.h"

enum { TRIAL_CODE = 0x400000, TRIAL_DATA = 0x500000 };

struct trial_plan {
    const char *name;
    const uint8_t *start, *end; /* of the code: position-independent, at most a block */
    int8_t priority;            /* at most the caller's: it must not run before it is made */
    struct handle_table *handles;
    struct ipc_endpoint *endpoint; /* where it receives; NULL: nowhere */
    owner_t owner;                 /* whose its space and its grants are; code and data are the caller's */
};

struct trial {
    struct address_space space;
    void *code;
    struct message *page; /* its data, as the kernel reaches it */
    struct thread_end end;
    thread_id id;
};

/* Makes the program and lets it run; the calling thread gets `events` when it ends. 0 or a negative status; `trial` must be
 * given to trial_end in either case. */
int trial_begin(struct trial *trial, const struct trial_plan *plan, uint64_t events);

/* Ends the program if it has not ended, and gives back all that it had. */
void trial_end(struct trial *trial);
