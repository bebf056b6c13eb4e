#include "ipc/handle.h"

#include "core/status.h"

void handle_table_init(struct handle_table *table, uint32_t count)
{
    table->count = count;
    table->first_free = 0;
    for (uint32_t i = 0; i < count; i++) {
        table->slots[i] = (struct handle){.use = 1, .next_free = i + 1};
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
    return handle->use << HANDLE_SLOT_BITS | slot;
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
    handle->use++;
    handle->next_free = table->first_free;
    table->first_free = (uint32_t)(handle - table->slots);
}
