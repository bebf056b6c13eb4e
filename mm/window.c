#include "mm/window.h"

#include <assert.h>

#include "core/status.h"
#include "mm/paging.h"

static_assert(USER_WINDOW > USER_WINDOW_TABLE + DIRECT_MAP_BYTES / HEAP_BLOCK_SIZE * sizeof(HEAP_BLOCK_TABLE_ENTRY),
              "the table has room for an entry of each block, and for the records of its heaps");
static_assert(USER_WINDOW_END <= USER_END, "all memory that the kernel can use fits the window");
static_assert(WINDOW_BLOCKS_MAX <= INT32_MAX, "as many pages can be flushed");

static struct user_page page_of(const void *ptr)
{
    return (struct user_page){window_address(ptr), paging_physical(ptr), USER_WRITE};
}

/* Whether they can be in the window at all, wherever they lie. */
static bool fit(const void *ptr, size_t blocks)
{
    uint64_t physical = paging_physical(ptr);
    return blocks <= WINDOW_BLOCKS_MAX && physical < DIRECT_MAP_BYTES &&
           blocks <= (DIRECT_MAP_BYTES - physical) / HEAP_BLOCK_SIZE;
}

int window_map(struct address_space *space, const void *ptr, size_t blocks)
{
    const struct user_page first = page_of(ptr);
    return fit(ptr, blocks) ? address_space_map_pages(space, &first, blocks) : -EINVARG;
}

bool window_holds(const struct address_space *space, const void *ptr, size_t blocks)
{
    const struct user_page first = page_of(ptr);
    return fit(ptr, blocks) && address_space_shows(space, &first, blocks);
}

int window_unmap(struct address_space *space, const void *ptr, size_t blocks)
{
    const struct user_page first = page_of(ptr);
    return fit(ptr, blocks) ? address_space_unmap_pages(space, &first, blocks) : -EINVARG;
}

int window_find_move(struct window_move *move)
{
    uintptr_t address = window_address(move->ptr);
    int status = move->blocks != 0 && fit(move->ptr, move->blocks) ? 0 : -EINVARG;
    for (size_t i = 0; status == 0 && i < move->blocks; i++, address += HEAP_BLOCK_SIZE) {
        status = address_space_find_move(move->from, move->to, address, &move->first);
    }
    return status;
}

void window_move(const struct window_move *move)
{
    uintptr_t address = window_address(move->ptr);
    struct page_move page = move->first;
    for (size_t i = 0; i < move->blocks; i++, address += HEAP_BLOCK_SIZE) {
        if (move->blocks != 1) {
            (void)address_space_find_move(move->from, move->to, address, &page);
        }
        address_space_move(&page);
    }
}

void window_flush(const void *ptr, size_t blocks)
{
    for (size_t i = 0; i < blocks; i++) {
        paging_flush(window_address(ptr) + i * HEAP_BLOCK_SIZE);
    }
}

uintptr_t window_address(const void *ptr)
{
    return USER_WINDOW + paging_physical(ptr);
}

void *window_pointer(uintptr_t address)
{
    return address >= USER_WINDOW && address < USER_WINDOW_END ? paging_block(address - USER_WINDOW) : NULL;
}
