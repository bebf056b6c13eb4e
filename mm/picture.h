/* The heap drawn: the blocks of all regions, one region behind the other in the order of addresses, in cells of equally many
 * blocks each. A block is used where a live run has it, a slab too, even one that is empty and kept. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { PICTURE_CELLS_MAX = 256, PICTURE_FULL = 255 };

/* Cells of the whole picture from one of them on, as many as there are and fit. */
struct picture {
    size_t blocks;                    /* of a cell; the last cell of the whole picture may have fewer */
    size_t count;                     /* cells here                                                   */
    uint8_t share[PICTURE_CELLS_MAX]; /* used ones of each: 0 none, PICTURE_FULL all of them; behind the count 0 */
};

/* Draws from cell number `first` on, where the whole picture has at most `cells`, and no more than there are blocks. Nothing is
 * there behind the last cell, nor where `cells` is 0. Walks (mm/kheap_walk.h) the regions that these cells are in, up to the last cell:
 * outside the bound, the lock for a bounded time. */
void picture_draw(size_t first, size_t cells, struct picture *picture);
