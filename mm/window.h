/* The window of a server in ring 3: its blocks, each at USER_WINDOW + its physical address and nowhere else. As a block has one
 * owner, nothing collides and no addresses have to be handed out; a gift lies at the same address in every server, and what
 * the kernel's heap says of a block is all that needs to be known (docs/decisions/0012-a-window-onto-memory.md).
 *
 * A run is mapped for the server that owns it and must be unmapped, or the space be destroyed, before it loses it; only what
 * the server may give away is mapped: not its program, nor what the kernel holds for it. Portable. */
#pragma once

#include "mm/address_space.h"

enum {
    WINDOW_BLOCKS_MAX = 512, /* in one call: what it takes is bounded by them */
};

/* Maps the `blocks` blocks from `ptr` (in the direct map, at the start of a block), read-write. 0; -EINVARG when there are none,
 * or more than WINDOW_BLOCKS_MAX, or something is mapped there; -EQUOTA (reported), -ENOMEM for page tables, which the server
 * pays. Nothing is mapped then, and there is nothing to flush. */
int window_map(struct address_space *space, const void *ptr, size_t blocks);

/* Unmaps them, whoever's runs they are by now: returns how many pages from window_address(ptr) on must be flushed
 * (window_flush) where the space is loaded: all of them. -EINVARG when not all are mapped in the window, or there are
 * more than WINDOW_BLOCKS_MAX or none; nothing has changed then. */
int window_unmap(struct address_space *space, const void *ptr, size_t blocks);

/* Whether all of them are. Any pointer; false for more than WINDOW_BLOCKS_MAX blocks, or none. */
bool window_holds(const struct address_space *space, const void *ptr, size_t blocks);

/* Blocks that go from one window to another: first it is seen to that they can, then they do, and between the two neither space may
 * be changed. 0; -EINVARG when they are not all in the one, are in the other, or are none or more than WINDOW_BLOCKS_MAX; -EQUOTA
 * (reported), -ENOMEM for the tables, which may stay. */
struct window_move {
    struct address_space *from, *to;
    const void *ptr;
    size_t blocks;
    struct page_move first; /* where there is one only, it need not be found twice */
};
int window_find_move(struct window_move *move);

/* After window_find_move: never fails. What the one window showed must be flushed (window_flush) where its space is loaded. */
void window_move(const struct window_move *move);

/* Drops this processor's translations of what was unmapped. Only where the space is loaded. */
void window_flush(const void *ptr, size_t blocks);

/* Where the server has it, and back: NULL for an address that is not in the window. */
uintptr_t window_address(const void *ptr);
void *window_pointer(uintptr_t address);
