/* A run that changes hands, whoever acts: what a message carries goes this way. */
#pragma once

#include "mm/heap.h"

/* Of `from`'s, of just so many blocks, to `to`. */
struct handover {
    owner_t from, to;
    void *run;
    size_t blocks;
};

/* Hands it over, in constant time. 0; -EINVARG when there is no such run, or one of the owners is not live; -EQUOTA when it is more than
 * `to` may hold (reported). Nothing has changed then, but that empty slabs which `to` kept may have been given back. Any
 * context. */
int kheap_hand_over(const struct handover *what);
