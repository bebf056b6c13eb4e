/* Gifts as the heap of a server sees them: in the kernel, and in a host test, a gift is an allocation that has another owner now; in
 * ring 3 its blocks come into the server's window, and go from there (servers/library/heap.h). For servers/library alone. */
#pragma once

#include <stddef.h>

/* What has come becomes an allocation that kfree takes: returned; or NULL, it could not be kept and is gone. */
void *gift_arrives(void *gift, size_t blocks);

/* An allocation is about to go: its blocks; 0: it is none that can be given, and stays. */
size_t gift_leaves(void *gift);

/* It was to go, and where it is now the status does not say: what is still the server's is freed. */
void gift_fails(void *gift, size_t blocks);
