/* kmalloc in ring 3: the kernel heap's own sources over the server's window (mm/kheap_window.h), which asks the kernel for blocks when
 * it has no run that fits, and gives back what it has too many of. No other call of kmalloc and kfree is a system call. It begins
 * by itself with the first kmalloc or gift.
 *
 * Asked for are the blocks that the request needs, but SERVER_HEAP_ASKED at least, or, if so many are refused, what the request
 * needs. A kfree that leaves more than SERVER_HEAP_KEPT blocks free gives the longest free run back, whole. That is at least as long
 * as what was freed, so who frees all keeps no more than SERVER_HEAP_KEPT blocks, and at most an empty slab of each class, which
 * server_heap_trim gives back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/owner.h"

enum {
    SERVER_HEAP_ASKED = 16, /* blocks */
    SERVER_HEAP_KEPT = 64,
};

/* For servers/library/kheap_hooks.h: read by every kmalloc and kfree. */
extern struct server_heap {
    struct kheap_context context;
    size_t held; /* blocks: granted or given, and not given back or away */
} server_heap;

/* Takes what came as a gift (its address and blocks, as the message says) into the heap: an allocation that kfree takes. 0, or
 * -EINVARG. */
int server_heap_take_gift(void *gift, size_t blocks);

/* Lets go of an allocation that is to be a gift: its blocks, for the message, or 0 when it is refused (heap_refused): it must be a
 * whole run. If it was not sent after all, server_heap_take_gift takes it back. */
size_t server_heap_let_go(void *ptr);

/* Gives back all that is free: who holds nothing has nothing then. */
void server_heap_trim(void);

/* For the hooks. `alignment` in blocks, 0: none. Whether there is more room now. */
bool server_heap_ask(size_t size, size_t alignment);
void server_heap_give_back(void);

/* System calls (ipc/syscall.h; servers/library/grants.asm). */
int64_t server_grant(size_t blocks);
int server_return(const void *ptr, size_t blocks);
size_t server_window_blocks(void);
