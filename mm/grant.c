#include "mm/grant.h"

#include "core/assert.h"
#include "core/status.h"
#include "mm/charge.h"
#include "mm/kheap.h"
#include "mm/kheap_cut.h"
#include "mm/kheap_window.h"
#include "mm/owner.h"
#include "mm/paging.h"
#include "mm/window.h"

static_assert((int)KHEAP_CUT_MAX >= (int)WINDOW_BLOCKS_MAX, "every part of a run of the window can be cut out");

static char *block_at(const void *run, size_t block)
{
    return (char *)run + block * HEAP_BLOCK_SIZE;
}

/* Of the blocks from `done` on those that one call takes. */
static size_t piece(size_t done, size_t blocks)
{
    return blocks - done < WINDOW_BLOCKS_MAX ? blocks - done : WINDOW_BLOCKS_MAX;
}

static void cut(owner_t owner, const void *ptr, size_t blocks)
{
    int status = kheap_cut(owner, ptr, blocks);
    kassert(status == 0, "grant: what the window shows is no run of the server's");
}

/* A run of the server's, cleared. NULL: see the status. */
static char *take(owner_t owner, size_t blocks, int *status)
{
    if (blocks == 0 || blocks > HEAP_BLOCKS_MAX) {
        *status = -EINVARG;
        return NULL;
    }
    char *run = kmalloc_for(owner, blocks * HEAP_BLOCK_SIZE, status);
    if (run != NULL) {
        __builtin_memset(run, 0, blocks * HEAP_BLOCK_SIZE);
    }
    return run;
}

/* The first `blocks` blocks of a run become one of their own, and are mapped. */
static int show(struct address_space *space, const char *run, size_t blocks)
{
    uintptr_t state = grant_lock();
    cut(space->charged, run, blocks);
    int status = window_map(space, run, blocks);
    grant_unlock(state);
    return status;
}

/* Unmaps what is mapped of the pieces, and gives all of them back. */
static void give(struct address_space *space, char *run, size_t mapped, size_t blocks)
{
    for (size_t done = 0; done < blocks; done += piece(done, blocks)) {
        char *first = block_at(run, done);
        size_t here = piece(done, blocks);
        uintptr_t state = grant_lock();
        cut(space->charged, first, here);
        if (done < mapped) {
            (void)window_unmap(space, first, here);
            window_flush(first, here);
        }
        (void)kheap_free_of(space->charged, first);
        grant_unlock(state);
    }
}

int grant_blocks(struct address_space *space, size_t blocks, uintptr_t *address)
{
    int status;
    char *run = take(space->charged, blocks, &status);
    if (run == NULL) {
        return status;
    }
    status = grant_tables(space, run, blocks);
    if (status != 0) {
        (void)kheap_free_of(space->charged, run);
        return status;
    }
    for (size_t done = 0; done < blocks; done += piece(done, blocks)) {
        status = show(space, block_at(run, done), piece(done, blocks));
        if (status != 0) {
            give(space, run, done, blocks);
            return status;
        }
    }
    *address = window_address(run);
    return 0;
}

int grant_return(struct address_space *space, uintptr_t address, size_t blocks)
{
    char *run = window_pointer(address);
    if (run == NULL || blocks == 0) {
        return -EINVARG;
    }
    for (size_t done = 0; done < blocks; done += piece(done, blocks)) {
        if (!window_holds(space, block_at(run, done), piece(done, blocks))) {
            return -EINVARG;
        }
    }
    give(space, run, blocks, blocks);
    return 0;
}

static int map_table(struct address_space *space, uintptr_t address, HEAP_BLOCK_TABLE_ENTRY *entries)
{
    for (size_t i = 0; i < HEAP_BLOCK_SIZE / sizeof *entries; i++) {
        entries[i] = WINDOW_BLANK;
    }
    const struct user_page page = {address & ~(uintptr_t)(HEAP_BLOCK_SIZE - 1), paging_physical(entries), USER_WRITE};
    return address_space_map(space, &page);
}

static int make_table(struct address_space *space, uintptr_t address)
{
    int status;
    void *entries = kmalloc_for(space->charged, HEAP_BLOCK_SIZE, &status);
    if (entries == NULL) {
        return status;
    }
    status = map_table(space, address, entries);
    if (status != 0) {
        (void)kheap_free_of(space->charged, entries);
    }
    return status;
}

bool grant_table(struct address_space *space, uintptr_t address)
{
    return address >= USER_WINDOW_TABLE && address < USER_WINDOW && make_table(space, address) == 0;
}

/* A page is never taken from a space that lives: what was there once is. */
static int see_to_table(struct address_space *space, uintptr_t number)
{
    struct user_page page;
    uintptr_t address = number * HEAP_BLOCK_SIZE, state = grant_lock();
    int status = address_space_lookup(space, address, &page) == 0 ? 0 : make_table(space, address);
    if (status == 0) {
        space->known = number;
    }
    grant_unlock(state);
    return status;
}

/* Of the entry before the blocks, of theirs, and of the entry behind them: side by side, so that the first two are in one page, or in
 * two that follow each other, and so are the last two. */
int grant_tables_slowly(struct address_space *space, const void *ptr, size_t blocks)
{
    size_t first = paging_physical(ptr) / HEAP_BLOCK_SIZE, behind = first + blocks;
    const size_t entries[] = {first - (first != 0), first, behind - 1, behind};
    int status = 0;
    for (size_t i = 0; status == 0 && i < sizeof entries / sizeof *entries; i++) {
        uintptr_t number = window_entry(USER_WINDOW_TABLE, entries[i]) / HEAP_BLOCK_SIZE;
        status = number != space->known ? see_to_table(space, number) : 0;
    }
    return status;
}

size_t grant_window_blocks(void)
{
    uint64_t end = 0;
    const heap_t *region;
    for (size_t i = 0; (region = kheap_region(i)) != NULL; i++) {
        end = paging_physical((const void *)heap_block_address(region, region->table.total));
    }
    return end / HEAP_BLOCK_SIZE;
}
