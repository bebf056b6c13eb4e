#include "mm/picture.h"

#include "mm/kheap_walk.h"

/* While it is drawn. Blocks are numbered through all regions. */
struct drawing {
    size_t begin, end; /* of the cells that are drawn: blocks */
    size_t blocks;     /* of a cell                           */
    size_t used[PICTURE_CELLS_MAX];
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t blocks_of_all(void)
{
    const heap_t *region;
    size_t blocks = 0;
    for (size_t i = 0; (region = kheap_region(i)) != NULL; i++) {
        blocks += region->table.total;
    }
    return blocks;
}

/* What the run from `start` up to `end` has in each cell. */
static void count_run(struct drawing *drawing, size_t start, size_t end)
{
    size_t at = larger(start, drawing->begin);
    end = smaller(end, drawing->end);
    while (at < end) {
        size_t cell = (at - drawing->begin) / drawing->blocks;
        size_t stop = smaller(end, drawing->begin + (cell + 1) * drawing->blocks);
        drawing->used[cell] += stop - at;
        at = stop;
    }
}

/* The region's first block has the number `base`. */
static void count_region(struct drawing *drawing, size_t region, size_t base)
{
    struct kheap_walk walk = {.region = region};
    struct kheap_met met;
    while (kheap_walk(&walk, &met) && met.region == region && base + met.run.first < drawing->end) {
        if (met.run.live) {
            count_run(drawing, base + met.run.first, base + met.run.first + met.run.blocks);
        }
    }
}

static void count_all(struct drawing *drawing)
{
    const heap_t *region;
    size_t base = 0;
    for (size_t i = 0; (region = kheap_region(i)) != NULL && base < drawing->end; i++) {
        if (base + region->table.total > drawing->begin) {
            count_region(drawing, i, base);
        }
        base += region->table.total;
    }
}

/* Only where nothing or all is used does it say so. */
static uint8_t share_of(size_t used, size_t blocks)
{
    return (uint8_t)(used == 0 ? 0 : larger(1, used * PICTURE_FULL / blocks));
}

void picture_draw(size_t first, size_t cells, struct picture *picture)
{
    size_t total = blocks_of_all();
    *picture = (struct picture){.count = 0};
    if (cells == 0 || total == 0) {
        return;
    }
    size_t blocks = picture->blocks = total / cells + (total % cells != 0);
    size_t last = (total - 1) / blocks;
    if (first > last) {
        return;
    }
    picture->count = smaller(last + 1 - first, PICTURE_CELLS_MAX);
    struct drawing drawing = {.begin = first * blocks, .blocks = blocks};
    drawing.end = smaller(total, (first + picture->count) * blocks);
    count_all(&drawing);
    for (size_t i = 0; i < picture->count; i++) {
        picture->share[i] = share_of(drawing.used[i], smaller(blocks, total - (first + i) * blocks));
    }
}
