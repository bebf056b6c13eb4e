/* What the kernel holds for somebody else: stacks, page tables, records. Such blocks are the kernel's, so that no server
 * can free what it stands on, and count against the quota of the owner who caused them, so that none can take all memory
 * that way. Taking and charging are two steps: charge first, since it is the quota that says no for a reason of its own. */
#pragma once

#include <stddef.h>

#include "mm/heap.h"

/* As kmalloc, but `owner`'s, whoever acts, and charged to it at once. NULL: the status says why, -EINVARG when it is not live or is
 * being ended, -EQUOTA (kheap_quota_refused) or -ENOMEM; without NULL it says nothing. Any context. */
void *kmalloc_for(owner_t owner, size_t size, int *status);

/* As kmalloc, but the kernel's, whoever acts. kheap_free_of(OWNER_KERNEL, ...) gives it back. */
void *kmalloc_kernel(size_t size);

/* Makes `owner` hold that many blocks more. 0; -EINVARG when it is not live or is being ended; -EQUOTA when it is more than
 * it may hold (kheap_quota_refused). Nothing has changed then, but that empty slabs which it kept may have been given back.
 * For the kernel itself nothing is counted: it holds the blocks already. Any context. */
int kheap_charge(owner_t owner, size_t blocks);

/* The kernel holds that many blocks less for it; asserts that it was charged for them. 0; -EINVARG when the owner has ended
 * meanwhile: its charges have ended with it, and stand in the report of kheap_reclaim. Any context. */
int kheap_discharge(owner_t owner, size_t blocks);
