#include "servers/library/gifts.h"

#include "mm/kheap.h"

void *gift_arrives(void *gift, size_t blocks)
{
    (void)blocks;
    return gift;
}

size_t gift_leaves(void *gift)
{
    return kmalloc_usable_size(gift) / HEAP_BLOCK_SIZE;
}

/* What is another's by now has no size for this one. */
void gift_fails(void *gift, size_t blocks)
{
    (void)blocks;
    if (kmalloc_usable_size(gift) != 0) {
        kfree(gift);
    }
}
