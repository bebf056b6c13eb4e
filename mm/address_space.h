/* Address spaces of isolated servers: the lower half is the server's own, in pages of 4 KiB; the upper half is the kernel's,
 * the same in all of them. Page tables are blocks of the kernel's, made on demand and charged to the server (mm/charge.h);
 * they stay until the space is destroyed. What is mapped belongs to whoever owns it: the space neither takes nor frees it,
 * so it must be unmapped, or the space be destroyed, before its owner gives it up.
 *
 * Nothing is both writable and executable. Page 0 is never mapped, so that NULL faults; nor is the last page of the half:
 * a system call from its last byte would return to an address that is none, which SYSRET reports in ring 0 on the user's
 * stack (Intel SDM vol. 2B, SYSRET).
 *
 * A space is changed by one caller at a time. Where a space is loaded, what a function says has to be flushed is still
 * reachable until it is (paging_flush; on each processor). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "mm/heap.h"

struct address_space {
    uint64_t *top;   /* the top-level table                       */
    size_t tables;   /* blocks charged for it, that one included  */
    owner_t charged; /* who pays                                  */
    /* Of what the server's heap knows of its window, a page that is there (grant_tables), by its number; 0: none is known. */
    uintptr_t known;
};

/* What ring 3 may do with a page beside reading it. */
enum user_rights {
    USER_WRITE = 1 << 0,
    USER_EXECUTE = 1 << 1, /* without USER_WRITE and USER_DEVICE */
    USER_DEVICE = 1 << 2,  /* uncached                           */
};

/* A page of the lower half, and what it shows. */
struct user_page {
    uintptr_t virtual; /* from USER_START, below USER_END; both addresses at the start of a page */
    uint64_t physical;
    unsigned rights; /* a set of enum user_rights */
};

/* Says what the upper half of every space is: the 512 entries of the kernel's top-level table, whose upper 256 are final:
 * asserts that direct map and windows are in it. Once, before the first address_space_create. */
void address_spaces_init(const uint64_t *kernel_top);

/* Makes a space with nothing in its lower half, for which `charged` pays. 0; -EINVARG when that owner is not live; -EQUOTA
 * when its quota has no block left (reported); -ENOMEM. Nothing has changed then. */
int address_space_create(owner_t charged, struct address_space *space);

/* What CR3 must be for it. */
uint64_t address_space_cr3(const struct address_space *space);

/* Maps a page where none is; there is nothing to flush. 0; -EINVARG when the addresses are not as above, the rights are none
 * that there are, or something is mapped there; -EQUOTA (reported), -ENOMEM for its tables. Nothing has changed then. The
 * caller vouches that the owner of the physical page lets the server at it. */
int address_space_map(struct address_space *space, const struct user_page *page);

/* The same for `pages` pages that follow each other in the space and in memory, with the same rights; `first` is the first one.
 * All of them or none; but a table that was made before memory or quota ended stays, empty. */
int address_space_map_pages(struct address_space *space, const struct user_page *first, size_t pages);

/* Whether exactly those pages of memory are mapped there, whatever their rights. */
bool address_space_shows(const struct address_space *space, const struct user_page *first, size_t pages);

/* Unmaps them: returns how many pages from the first one on must be flushed, all of them; -EINVARG when not all are mapped
 * there, and nothing has changed. At most INT_MAX. */
int address_space_unmap_pages(struct address_space *space, const struct user_page *first, size_t pages);

/* Both return how many pages from `virtual` on must be flushed: 1, or 0 when nothing has changed; -EINVARG when nothing is
 * mapped there, or the rights are none that there are. */
int address_space_unmap(struct address_space *space, uintptr_t virtual);
int address_space_protect(struct address_space *space, uintptr_t virtual, unsigned rights);

/* What is mapped at the page that holds `address`, any address: 0, or -EINVARG when nothing is (`page` is as before). So
 * the kernel finds a server's memory in the direct map, without ever touching it through the server's addresses. */
int address_space_lookup(const struct address_space *space, uintptr_t address, struct user_page *page);

/* A page that goes from one space to another, where it has the same address and rights: first the two entries are found, of
 * which that in `to` must be empty, its tables made if there are none; then the page is moved, which never fails. Between the two
 * neither space may be changed. 0; -EINVARG when it is not mapped in `from`, or something is in `to`; -EQUOTA (reported), -ENOMEM
 * for the tables, which may stay. */
struct page_move {
    uint64_t *from, *to;
};
int address_space_find_move(const struct address_space *from, struct address_space *to, uintptr_t virtual,
                            struct page_move *move);
static inline void address_space_move(const struct page_move *move)
{
    *move->to = *move->from;
    *move->from = 0;
}

/* Gives all its tables back and discharges who paid. It must be loaded nowhere. Returns how many blocks that were. In time
 * proportional to them; every other function is bounded. To be called before its owner is reclaimed. */
size_t address_space_destroy(struct address_space *space);
