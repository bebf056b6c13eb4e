#include "ipc/handle.h"

#include "core/status.h"

/* A number that leads to another slot than this one. */
static handle_t nowhere(size_t slot)
{
    return slot ^ 1;
}

void handle_table_init(struct handle_table *table, uint32_t count)
{
    table->count = count;
    table->first_free = 0;
    for (uint32_t i = 0; i < count; i++) {
        table->slots[i] = (struct handle){.use = 1, .next_free = i + 1, .call = nowhere(i)};
    }
}

handle_t handle_give(struct handle_table *table, struct ipc_endpoint *endpoint, struct handle **ring,
                     const struct handle *what)
{
    uint32_t slot = table->first_free;
    if (slot == table->count) {
        return 0;
    }
    struct handle *handle = &table->slots[slot];
    table->first_free = handle->next_free;
    handle->endpoint = endpoint;
    handle->badge = what->badge;
    handle->rights = what->rights;
    if (*ring == NULL) {
        *ring = handle->next = handle->prev = handle;
    } else {
        handle->next = *ring;
        handle->prev = (*ring)->prev;
        handle->prev->next = handle->next->prev = handle;
    }
    handle_t number = handle->use << HANDLE_SLOT_BITS | slot;
    handle->call = (what->rights & HANDLE_CALL) != 0 ? number : nowhere(slot);
    return number;
}

int handle_refusal(struct handle_table *table, handle_t number)
{
    size_t slot = number & ((1u << HANDLE_SLOT_BITS) - 1);
    if (slot >= table->count) {
        return -EINVARG;
    }
    const struct handle *handle = &table->slots[slot];
    return handle->rights != 0 && handle->use == number >> HANDLE_SLOT_BITS ? -EPERM : -EINVARG;
}

void handle_take(struct handle_table *table, struct handle *handle, struct handle **ring)
{
    if (*ring == handle) {
        *ring = handle->next != handle ? handle->next : NULL;
    }
    handle->next->prev = handle->prev;
    handle->prev->next = handle->next;
    handle->rights = 0;
    handle->call = nowhere((size_t)(handle - table->slots));
    handle->use++;
    handle->next_free = table->first_free;
    table->first_free = (uint32_t)(handle - table->slots);
}
