/* The kernel heap proves itself, at boot and on demand, with whatever else is allocated left alone. */
#pragma once

#include <stdbool.h>

#include "mm/heap.h"
#include "mm/owner.h"
#include "mm/report.h"

/* At every boot: allocations of several sizes are filled, verified and freed out of order, bad frees are refused, also of
 * small objects and as another owner, and the heap is as before. Takes a digest of the whole heap around each bad free,
 * which is most of its cost (tests/budgets.json limits the boot as a whole). Prints one line. 0, or -EINVARG when
 * something was wrong: that is printed. */
int selfcheck_short(print_fn *print);

/* Fills the heap by taking the longest run that fits until nothing is left, verifies that no two overlap, touches first
 * and last byte of every region and run, tries each kind of bad free and sees it refused with nothing changed, and
 * frees everything: back to the state before, which with nothing allocated is one free run a region. Nothing else may
 * allocate or free meanwhile. Prints its findings; 0, or -EINVARG.  */
int selfcheck_full(print_fn *print);

/* For heap_refused: whether the refusal is one that the self-check is provoking at this moment, and so needs no
 * report. */
bool selfcheck_expects(const struct heap_refusal *refusal);

/* The same for kheap_quota_refused. */
bool selfcheck_expects_quota(const struct quota_refusal *refusal);
