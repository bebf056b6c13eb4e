#include "mm/address_space.h"

#include "core/assert.h"
#include "core/status.h"
#include "mm/charge.h"
#include "mm/page_table.h"
#include "mm/paging.h"

enum {
    FIRST_KERNEL_ENTRY = PAGE_TABLE_ENTRIES / 2,
    LEVELS_BELOW_TOP = 3,
};

/* Rights are cut at the last level. */
#define USER_INNER (PAGE_KERNEL_INNER | PAGE_USER)

static const uint64_t *kernel_entries;

void address_spaces_init(const uint64_t *kernel_top)
{
    uint64_t direct_map = 0;
    for (unsigned i = FIRST_KERNEL_ENTRY; i < PAGE_TABLE_ENTRIES - 1; i++) {
        direct_map |= kernel_top[i];
    }
    kassert((direct_map & PAGE_PRESENT) != 0, "address space: the direct map is not made yet");
    kassert((kernel_top[PAGE_TABLE_ENTRIES - 1] & PAGE_PRESENT) != 0,
            "address space: the kernel's windows are not made yet");
    kernel_entries = kernel_top;
}

static uint64_t *table_below(uint64_t entry)
{
    return paging_block(entry & PAGE_ADDRESS);
}

/* A table for which the space's owner pays. NULL: see the status. */
static uint64_t *take_table(owner_t charged, int *status)
{
    *status = kheap_charge(charged, 1);
    if (*status != 0) {
        return NULL;
    }
    uint64_t *table = paging_take_table();
    if (table == NULL) {
        (void)kheap_discharge(charged, 1);
        *status = -ENOMEM;
    }
    return table;
}

int address_space_create(owner_t charged, struct address_space *space)
{
    int status;
    kassert(kernel_entries != NULL, "address space: nobody has said what the kernel's half is");
    uint64_t *top = take_table(charged, &status);
    if (top == NULL) {
        return status;
    }
    for (unsigned i = FIRST_KERNEL_ENTRY; i < PAGE_TABLE_ENTRIES; i++) {
        top[i] = kernel_entries[i];
    }
    *space = (struct address_space){.top = top, .tables = 1, .charged = charged};
    return 0;
}

uint64_t address_space_cr3(const struct address_space *space)
{
    return paging_physical(space->top);
}

static bool is_user_page(uintptr_t virtual)
{
    return virtual % PAGE_TABLE_BYTES == 0 && virtual >= USER_START && virtual < USER_END;
}

static bool are_user_pages(uintptr_t virtual, size_t pages)
{
    return is_user_page(virtual) && pages >= 1 && pages <= (USER_END - virtual) / PAGE_TABLE_BYTES;
}

/* Of a leaf entry; 0: the rights are none that there are. */
static uint64_t flags_for(unsigned rights)
{
    const unsigned all = USER_WRITE | USER_EXECUTE | USER_DEVICE;
    if ((rights & ~all) != 0 || ((rights & USER_EXECUTE) != 0 && rights != USER_EXECUTE)) {
        return 0;
    }
    uint64_t flags = PAGE_PRESENT | PAGE_USER | PAGE_ACCESSED;
    flags |= (rights & USER_WRITE) != 0 ? PAGE_WRITE | PAGE_DIRTY : 0;
    flags |= (rights & USER_EXECUTE) != 0 ? 0 : PAGE_NO_EXECUTE;
    flags |= (rights & USER_DEVICE) != 0 ? PAGE_CACHE_DISABLE | PAGE_WRITE_THROUGH : 0;
    return flags;
}

static unsigned rights_of(uint64_t entry)
{
    unsigned rights = (entry & PAGE_WRITE) != 0 ? USER_WRITE : 0;
    rights |= (entry & PAGE_NO_EXECUTE) != 0 ? 0 : USER_EXECUTE;
    rights |= (entry & PAGE_CACHE_DISABLE) != 0 ? USER_DEVICE : 0;
    return rights;
}

/* The lowest entry there is on the way to a page, and the level it belongs to. */
struct spot {
    uint64_t *entry;
    unsigned shift; /* PAGE_BITS_4K: the page's own */
};

static struct spot find(const struct address_space *space, uintptr_t virtual)
{
    struct spot spot = {&space->top[page_table_index(virtual, PAGE_BITS_TOP)], PAGE_BITS_TOP};
    while (spot.shift > PAGE_BITS_4K && *spot.entry != 0) {
        spot.shift -= PAGE_LEVEL_BITS;
        spot.entry = &table_below(*spot.entry)[page_table_index(virtual, spot.shift)];
    }
    return spot;
}

/* The entry of a mapped page, or NULL. */
static uint64_t *find_page(const struct address_space *space, uintptr_t virtual)
{
    struct spot spot = find(space, virtual);
    return *spot.entry != 0 ? spot.entry : NULL;
}

/* Tables that are not hooked in yet: from the one with the page's entry up to the highest one that is missing. */
struct chain {
    uint64_t *tables[LEVELS_BELOW_TOP];
    unsigned count;
};

static void give_tables(struct address_space *space, const struct chain *chain)
{
    for (unsigned i = 0; i < chain->count; i++) {
        paging_give_table(chain->tables[i]);
        (void)kheap_discharge(space->charged, 1);
    }
}

/* All of them or none. */
static int take_tables(struct address_space *space, unsigned count, struct chain *chain)
{
    int status = 0;
    for (chain->count = 0; chain->count < count; chain->count++) {
        chain->tables[chain->count] = take_table(space->charged, &status);
        if (chain->tables[chain->count] == NULL) {
            give_tables(space, chain);
            return status;
        }
    }
    return 0;
}

/* Makes the tables on the way to a page: all or none. */
static int reach(struct address_space *space, uintptr_t virtual)
{
    struct spot spot = find(space, virtual);
    struct chain chain = {.count = 0};
    if (spot.shift == PAGE_BITS_4K) {
        return 0;
    }
    int status = take_tables(space, (spot.shift - PAGE_BITS_4K) / PAGE_LEVEL_BITS, &chain);
    if (status != 0) {
        return status;
    }
    uint64_t entry = paging_physical(chain.tables[0]) | USER_INNER;
    unsigned shift = PAGE_BITS_4K;
    for (unsigned i = 1; i < chain.count; i++) {
        shift += PAGE_LEVEL_BITS;
        chain.tables[i][page_table_index(virtual, shift)] = entry;
        entry = paging_physical(chain.tables[i]) | USER_INNER;
    }
    space->tables += chain.count;
    *spot.entry = entry; /* the last one: nobody ever sees half of it */
    return 0;
}

/* Of the pages from `virtual` on those whose entries stand in one table. */
static size_t in_one_table(uintptr_t virtual, size_t pages)
{
    size_t room = PAGE_TABLE_ENTRIES - page_table_index(virtual, PAGE_BITS_4K);
    return pages < room ? pages : room;
}

static bool vacant(const struct address_space *space, uintptr_t virtual, size_t pages)
{
    while (pages != 0) {
        size_t here = in_one_table(virtual, pages);
        struct spot spot = find(space, virtual);
        for (size_t i = 0; i < here && spot.shift == PAGE_BITS_4K; i++) {
            if (spot.entry[i] != 0) {
                return false;
            }
        }
        virtual += here * PAGE_TABLE_BYTES;
        pages -= here;
    }
    return true;
}

/* Where there are tables for all of them. */
static void fill(struct address_space *space, uintptr_t virtual, uint64_t entry, size_t pages)
{
    while (pages != 0) {
        size_t here = in_one_table(virtual, pages);
        uint64_t *entries = find(space, virtual).entry;
        for (size_t i = 0; i < here; i++) {
            entries[i] = entry;
            entry += PAGE_TABLE_BYTES;
        }
        virtual += here * PAGE_TABLE_BYTES;
        pages -= here;
    }
}

int address_space_map_pages(struct address_space *space, const struct user_page *first, size_t pages)
{
    uint64_t flags = flags_for(first->rights);
    if (flags == 0 || !are_user_pages(first->virtual, pages) || (first->physical & ~PAGE_ADDRESS) != 0 ||
        pages > (PAGE_ADDRESS - first->physical) / PAGE_TABLE_BYTES + 1 || !vacant(space, first->virtual, pages)) {
        return -EINVARG;
    }
    for (size_t done = 0; done < pages;) {
        uintptr_t virtual = first->virtual + done * PAGE_TABLE_BYTES;
        int status = reach(space, virtual);
        if (status != 0) {
            return status;
        }
        done += in_one_table(virtual, pages - done);
    }
    fill(space, first->virtual, first->physical | flags, pages);
    return 0;
}

int address_space_map(struct address_space *space, const struct user_page *page)
{
    return address_space_map_pages(space, page, 1);
}

int address_space_find_move(const struct address_space *from, struct address_space *to, uintptr_t virtual,
                            struct page_move *move)
{
    move->from = is_user_page(virtual) ? find_page(from, virtual) : NULL;
    if (move->from == NULL) {
        return -EINVARG;
    }
    struct spot spot = find(to, virtual);
    if (spot.shift != PAGE_BITS_4K) {
        int status = reach(to, virtual);
        if (status != 0) {
            return status;
        }
        spot = find(to, virtual);
    }
    move->to = spot.entry;
    return *spot.entry == 0 ? 0 : -EINVARG;
}

bool address_space_shows(const struct address_space *space, const struct user_page *first, size_t pages)
{
    uintptr_t virtual = first->virtual;
    uint64_t physical = first->physical;
    if (!are_user_pages(virtual, pages)) {
        return false;
    }
    while (pages != 0) {
        size_t here = in_one_table(virtual, pages);
        struct spot spot = find(space, virtual);
        for (size_t i = 0; i < here; i++) {
            if (spot.shift != PAGE_BITS_4K || spot.entry[i] == 0 || (spot.entry[i] & PAGE_ADDRESS) != physical) {
                return false;
            }
            physical += PAGE_TABLE_BYTES;
        }
        virtual += here * PAGE_TABLE_BYTES;
        pages -= here;
    }
    return true;
}

int address_space_unmap_pages(struct address_space *space, const struct user_page *first, size_t pages)
{
    if (!address_space_shows(space, first, pages)) {
        return -EINVARG;
    }
    uintptr_t virtual = first->virtual;
    for (size_t left = pages; left != 0;) {
        size_t here = in_one_table(virtual, left);
        __builtin_memset(find(space, virtual).entry, 0, here * sizeof(uint64_t));
        virtual += here * PAGE_TABLE_BYTES;
        left -= here;
    }
    return (int)pages;
}

int address_space_unmap(struct address_space *space, uintptr_t virtual)
{
    uint64_t *entry = is_user_page(virtual) ? find_page(space, virtual) : NULL;
    if (entry == NULL) {
        return -EINVARG;
    }
    *entry = 0;
    return 1;
}

int address_space_protect(struct address_space *space, uintptr_t virtual, unsigned rights)
{
    uint64_t flags = flags_for(rights);
    uint64_t *entry = is_user_page(virtual) ? find_page(space, virtual) : NULL;
    if (entry == NULL || flags == 0) {
        return -EINVARG;
    }
    uint64_t before = *entry;
    *entry = (before & PAGE_ADDRESS) | flags;
    return *entry != before;
}

int address_space_lookup(const struct address_space *space, uintptr_t address, struct user_page *page)
{
    uintptr_t virtual = address & ~(uintptr_t)(PAGE_TABLE_BYTES - 1);
    const uint64_t *entry = is_user_page(virtual) ? find_page(space, virtual) : NULL;
    if (entry == NULL) {
        return -EINVARG;
    }
    *page = (struct user_page){virtual, *entry & PAGE_ADDRESS, rights_of(*entry)};
    return 0;
}

/* A table whose first `count` entries cover 2^shift bytes each, and all below it. Returns how many tables that were. */
static size_t give_below(uint64_t *table, unsigned shift, unsigned count)
{
    size_t given = 1;
    for (unsigned i = 0; shift > PAGE_BITS_4K && i < count; i++) {
        if (table[i] != 0) {
            given += give_below(table_below(table[i]), shift - PAGE_LEVEL_BITS, PAGE_TABLE_ENTRIES);
        }
    }
    paging_give_table(table);
    return given;
}

size_t address_space_destroy(struct address_space *space)
{
    size_t given = give_below(space->top, PAGE_BITS_TOP, FIRST_KERNEL_ENTRY);
    kassert(given == space->tables, "address space: it has not the tables that were charged for");
    (void)kheap_discharge(space->charged, given);
    *space = (struct address_space){.top = NULL};
    return given;
}
