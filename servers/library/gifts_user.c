#include "servers/library/gifts.h"

#include "servers/library/heap.h"

void *gift_arrives(void *gift, size_t blocks)
{
    if (server_heap_take_gift(gift, blocks) == 0) {
        return gift;
    }
    (void)server_return(gift, blocks);
    return NULL;
}

size_t gift_leaves(void *gift)
{
    return server_heap_let_go(gift);
}

/* Of blocks that are gone the kernel takes none back. */
void gift_fails(void *gift, size_t blocks)
{
    (void)server_return(gift, blocks);
}
