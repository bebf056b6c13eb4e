/* Blocks of a live run that go another way than the rest of it: what a server in ring 3 gives back or away is any part of what
 * it holds, since its own heap knows nothing of the runs that it was granted. */
#pragma once

#include <stddef.h>

#include "mm/heap.h"

enum {
    KHEAP_CUT_MAX = 512, /* blocks, and how far before them their run may start */
};

/* Makes the `blocks` blocks from `ptr`, the start of a block, a live run of their own, in whatever live runs of `owner`'s they
 * are: what these have before and after them are runs for themselves then. Nobody is charged, no byte of them is touched. 0, and
 * kheap_gift and kheap_free_of take `ptr`; -EINVARG (not reported) when there are no blocks or more than KHEAP_CUT_MAX, one of
 * them is not in a run of the owner's (a slab is none), or they are further from its start; nothing has changed then. Bounded
 * by KHEAP_CUT_MAX: looks back as far, and at each run that they are in. Any context. */
int kheap_cut(owner_t owner, const void *ptr, size_t blocks);
