/* Grants: blocks of the kernel heap for the window of a server in ring 3 (mm/window.h), and back. The server whose space it is
 * owns them, and its quota counts them; whose page tables the space has is the same server (address_space.charged). What
 * is asked of the kernel's own heap table is never asked of the server's. Portable.
 *
 * By the one thread that runs in the space, which must be the loaded one; interrupts may be on. It may be ended at any moment:
 * what it has taken by then is its owner's, and what takes more than one step to be sound is done between grant_lock and
 * grant_unlock. */
#pragma once

#include "mm/address_space.h"
#include "mm/kheap_window.h"
#include "mm/paging.h"

/* Takes `blocks` blocks that follow each other in memory, cleared, and maps them: their address in the window, at `address`. 0;
 * -EINVARG when there are none, or more than any heap has; -EQUOTA (reported), -ENOMEM: nothing has changed then, but that tables
 * may have been made. In time proportional to the blocks; at most WINDOW_BLOCKS_MAX pages are mapped without a break. */
int grant_blocks(struct address_space *space, size_t blocks, uintptr_t *address);

/* Gives them back: any blocks of the window that follow each other, whatever grants or gifts they came by. 0; -EINVARG when not all
 * of them are mapped there: nothing has changed then. */
int grant_return(struct address_space *space, uintptr_t address, size_t blocks);

/* Makes the pages of what the server's heap knows of these blocks and of those beside them (mm/kheap_window.h), as far as they are
 * missing, so that who takes the blocks into its heap misses none. `ptr` as for window_map. 0; -EQUOTA (reported), -ENOMEM: some may
 * have been made. Bounded; interrupts may be masked. Where all of them are in the page that was seen last, nothing has to be looked up. */
int grant_tables_slowly(struct address_space *space, const void *ptr, size_t blocks);
static inline int grant_tables(struct address_space *space, const void *ptr, size_t blocks)
{
    uintptr_t first = window_entry(USER_WINDOW_TABLE, paging_physical(ptr) / HEAP_BLOCK_SIZE);
    uintptr_t before = first - sizeof(HEAP_BLOCK_TABLE_ENTRY),
              behind = first + blocks * sizeof(HEAP_BLOCK_TABLE_ENTRY);
    bool known = before / HEAP_BLOCK_SIZE == space->known && behind / HEAP_BLOCK_SIZE == space->known;
    return known ? 0 : grant_tables_slowly(space, ptr, blocks);
}

/* A page of what the server's heap knows of its window is missing at `address`: makes it, blank. False:
 * `address` is not there, or the page is mapped already, or there is no block for it (reported, if it is the quota's). Bounded;
 * interrupts may be masked. */
bool grant_table(struct address_space *space, uintptr_t address);

/* Nobody ends the calling thread in between. Resolved at link time; may be nested. */
uintptr_t grant_lock(void);
void grant_unlock(uintptr_t state);

/* Blocks from the start of the window to the end of memory: those that a server's heap must know. */
size_t grant_window_blocks(void);
