#include "mm/stacks.h"

#include <assert.h>

#include "core/assert.h"
#include "core/status.h"
#include "mm/charge.h"
#include "mm/owner.h"
#include "mm/page_table.h"
#include "mm/paging.h"

enum {
    TABLE_SLOTS = 64, /* slots for which one page table has the entries */
    TABLES = STACKS_MAX / TABLE_SLOTS,
    SLOT_BLOCKS = STACK_SLOT_BYTES / PAGE_TABLE_BYTES,
    KEPT_TABLE = 0, /* stays, however few stacks there are: no table is made and unmade for each */
};
static_assert(TABLE_SLOTS * SLOT_BLOCKS == PAGE_TABLE_ENTRIES, "a table's slots are the bits of a word");
static_assert(TABLES == 64, "the tables are the bits of a word too");

/* A table is made when its first slot is taken and unmade when its last one is given; a set bit of `free` is a slot, and
 * one of `room` a table that is made and has one. */
static struct {
    uint64_t *directory;
    uint64_t made;
    uint64_t room;
    uint64_t free[TABLES];
} stacks;

static uint64_t *table_at(size_t table)
{
    return paging_block(stacks.directory[table] & PAGE_ADDRESS);
}

static uintptr_t slot_start(size_t slot)
{
    return STACK_WINDOW_BASE + slot * STACK_SLOT_BYTES;
}

void stacks_init(uint64_t *directory)
{
    stacks.directory = directory;
    stacks.made = 0;
    stacks.room = 0;
    for (size_t i = 0; i < TABLES; i++) {
        stacks.free[i] = ~UINT64_C(0);
    }
}

static bool make_table(size_t table)
{
    uint64_t *entries = paging_take_table();
    if (entries == NULL) {
        return false;
    }
    stacks.directory[table] = paging_physical(entries) | PAGE_KERNEL_INNER;
    stacks.made |= UINT64_C(1) << table;
    stacks.room |= UINT64_C(1) << table;
    return true;
}

/* A table with a free slot, made if need be; TABLES: none. */
static size_t table_with_room(void)
{
    uint64_t unmade = ~stacks.made;
    if (stacks.room != 0) {
        return (size_t)__builtin_ctzll(stacks.room);
    }
    if (unmade == 0) {
        return TABLES;
    }
    size_t table = (size_t)__builtin_ctzll(unmade);
    return make_table(table) ? table : TABLES;
}

/* The blocks of one run, at the slot's top. */
static void map(size_t slot, uint64_t physical, size_t blocks)
{
    uint64_t *end = table_at(slot / TABLE_SLOTS) + (slot % TABLE_SLOTS + 1) * SLOT_BLOCKS;
    for (uint64_t *entry = end - blocks; entry < end; entry++) {
        *entry = physical | PAGE_KERNEL_DATA;
        physical += PAGE_TABLE_BYTES;
    }
}

int stack_take(size_t blocks, struct stack *stack)
{
    if (blocks - 1 >= STACK_BLOCKS_MAX) {
        return -EINVARG;
    }
    /* a byte less is no power of two, which would be put on a boundary, and cost more */
    void *run = kmalloc_kernel(blocks * HEAP_BLOCK_SIZE - 1);
    size_t table = run != NULL ? table_with_room() : TABLES;
    if (table == TABLES) {
        (void)kheap_free_of(OWNER_KERNEL, run);
        return -ENOMEM;
    }
    size_t slot = table * TABLE_SLOTS + (size_t)__builtin_ctzll(stacks.free[table]);
    stacks.free[table] &= stacks.free[table] - 1;
    if (stacks.free[table] == 0) {
        stacks.room &= ~(UINT64_C(1) << table);
    }
    map(slot, paging_physical(run), blocks);
    stack->top = slot_start(slot + 1);
    stack->bottom = stack->top - blocks * HEAP_BLOCK_SIZE;
    stack->slot = slot;
    return 0;
}

/* The slot is free again. Returns the page table if nobody needs it any more: it is out of the directory then. */
static uint64_t *free_slot(size_t slot)
{
    size_t table = slot / TABLE_SLOTS;
    uint64_t *entries = table_at(table);
    stacks.free[table] |= UINT64_C(1) << slot % TABLE_SLOTS;
    stacks.room |= UINT64_C(1) << table;
    if (table == KEPT_TABLE || stacks.free[table] != ~UINT64_C(0)) {
        return NULL;
    }
    stacks.room &= ~(UINT64_C(1) << table);
    stacks.made &= ~(UINT64_C(1) << table);
    stacks.directory[table] = 0;
    return entries;
}

static bool taken(size_t slot)
{
    return slot < STACKS_MAX && (stacks.free[slot / TABLE_SLOTS] >> slot % TABLE_SLOTS & 1) == 0;
}

/* Out of the tables first, then out of what the processor remembers of them, and only then anybody's. */
void stack_give(const struct stack *stack)
{
    kassert(taken(stack->slot) && stack->top == slot_start(stack->slot + 1),
            "stacks: one is given that is not taken");
    uint64_t *entry = table_at(stack->slot / TABLE_SLOTS) + page_table_index(stack->bottom, PAGE_BITS_4K);
    void *run = paging_block(*entry & PAGE_ADDRESS);
    for (uintptr_t at = stack->bottom; at < stack->top; at += HEAP_BLOCK_SIZE) {
        *entry++ = 0;
    }
    uint64_t *table = free_slot(stack->slot);
    for (uintptr_t at = stack->bottom; at < stack->top; at += HEAP_BLOCK_SIZE) {
        paging_flush(at);
    }
    (void)kheap_free_of(OWNER_KERNEL, run);
    if (table != NULL) {
        paging_give_table(table);
    }
}

uintptr_t stack_top(size_t slot)
{
    return taken(slot) ? slot_start(slot + 1) : 0;
}

bool stack_guard_at(uintptr_t address, size_t *slot)
{
    size_t at = (address - STACK_WINDOW_BASE) / STACK_SLOT_BYTES; /* from below the window it wraps: no slot either */
    if (!taken(at) || table_at(at / TABLE_SLOTS)[page_table_index(address, PAGE_BITS_4K)] != 0) {
        return false;
    }
    *slot = at;
    return true;
}
