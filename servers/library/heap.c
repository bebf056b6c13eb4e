#include "servers/library/heap.h"

#include "core/assert.h"
#include "core/status.h"
#include "mm/kheap.h"
#include "mm/kheap_state.h"
#include "mm/kheap_window.h"

struct server_heap server_heap = {.context = KHEAP_CONTEXT_AT_BOOT};

/* A bad free is the server's own affair, until it has a log: whoever wants to know defines this. */
__attribute__((weak)) void heap_refused(const struct heap_refusal *refusal)
{
    (void)refusal;
}

/* In ring 3 nobody has a quota: it is the kernel that says no. */
void kheap_quota_refused(const struct quota_refusal *refusal)
{
    (void)refusal;
}

static void begin(void)
{
    if (server_heap.context.grains == 0) {
        kheap_window_open(
            &(struct window_plan){USER_WINDOW_TABLE, USER_WINDOW, server_window_blocks()}); /* fills in the context */
    }
}

static int adopt(void *ptr, size_t blocks, bool live)
{
    begin();
    int status = kheap_window_adopt(ptr, blocks, live);
    server_heap.held = kheap_window_held();
    return status;
}

static void give(const void *ptr, size_t blocks)
{
    int status = server_return(ptr, blocks);
    kassert(status == 0, "heap: the kernel does not take back what it has granted");
}

static bool ask(size_t blocks)
{
    int64_t address = server_grant(blocks);
    if (address < 0) {
        return false;
    }
    bool adopted = adopt((void *)(uintptr_t)address, blocks, false) == 0;
    if (!adopted) {
        give((const void *)(uintptr_t)address, blocks);
    }
    return adopted;
}

bool server_heap_ask(size_t size, size_t alignment)
{
    begin();
    bool small = alignment == 0 && size_is_small(size);
    size_t least = small ? 1 : heap_blocks_for(size) + (alignment > 1 ? alignment - 1 : 0);
    bool asked = ask(least > SERVER_HEAP_ASKED ? least : SERVER_HEAP_ASKED);
    if (!asked && small) {
        asked = ask(2); /* of a slab and its descriptor */
    }
    return asked || (least < SERVER_HEAP_ASKED && ask(least));
}

/* The longest free run: whether there was one. */
static bool give_longest(void)
{
    void *ptr;
    size_t blocks = kheap_window_part_free(&ptr);
    server_heap.held = kheap_window_held();
    if (blocks != 0) {
        give(ptr, blocks);
    }
    return blocks != 0;
}

void server_heap_give_back(void)
{
    (void)give_longest();
}

void server_heap_trim(void)
{
    kheap_trim();
    while (give_longest()) {
    }
}

int server_heap_take_gift(void *gift, size_t blocks)
{
    return adopt(gift, blocks, true);
}

size_t server_heap_let_go(void *ptr)
{
    size_t blocks = kheap_window_part(ptr);
    server_heap.held = kheap_window_held();
    return blocks;
}
