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
        table->slots[i] = (struct handle){.use = 1, .slot = i + 1, .call = nowhere(i)};
    }
}

static handle_t number_of(const struct handle *handle)
{
    return handle->use << HANDLE_SLOT_BITS | handle->slot;
}

/* A free slot, filled in, and in no ring yet. */
static struct handle *fill(struct handle_table *table, const struct handle *what)
{
    uint32_t slot = table->first_free;
    struct handle *handle = &table->slots[slot];
    table->first_free = handle->slot;
    handle->endpoint = what->endpoint;
    handle->badge = what->badge;
    handle->rights = what->rights;
    handle->depth = what->depth;
    handle->slot = slot;
    handle->call = (what->rights & HANDLE_CALL) != 0 ? number_of(handle) : nowhere(slot);
    return handle;
}

static void insert_after(struct handle *before, struct handle *handle)
{
    handle->prev = before;
    handle->next = before->next;
    before->next->prev = handle;
    before->next = handle;
}

handle_t handle_give(struct handle_table *table, struct ipc_endpoint *endpoint, struct handle **ring,
                     const struct handle *what)
{
    if (!handle_table_has_room(table)) {
        return 0;
    }
    struct handle *handle =
        fill(table, &(struct handle){.endpoint = endpoint, .badge = what->badge, .rights = what->rights});
    if (*ring == NULL) {
        *ring = handle->next = handle->prev = handle;
    } else {
        insert_after((*ring)->prev, handle);
    }
    return number_of(handle);
}

handle_t handle_derive(struct handle_table *table, struct handle *from, uint16_t rights)
{
    if (!handle_table_has_room(table) || from->depth == HANDLE_DEPTH_MAX) {
        return 0;
    }
    struct handle what = *from;
    what.rights = rights;
    what.depth++;
    struct handle *handle = fill(table, &what);
    insert_after(from, handle);
    return number_of(handle);
}

int handle_refusal(struct handle_table *table, handle_t number)
{
    return handle_named(table, number) != NULL ? -EPERM : -EINVARG;
}

bool handle_revoke_one(struct handle *handle, struct handle **ring)
{
    struct handle *derived = handle->next;
    if (derived == *ring || derived->depth <= handle->depth) {
        return false;
    }
    /* Its own are deeper than this one still, and follow: they are the next. */
    handle_take(derived, ring);
    return true;
}

void handle_take(struct handle *handle, struct handle **ring)
{
    uint32_t slot = handle->slot;
    struct handle_table *table =
        (struct handle_table *)((char *)(handle - slot) - offsetof(struct handle_table, slots));
    if (*ring == handle) {
        *ring = handle->next != handle ? handle->next : NULL;
    }
    handle->next->prev = handle->prev;
    handle->prev->next = handle->next;
    handle->rights = 0;
    handle->call = nowhere(slot);
    handle->use++;
    handle->slot = table->first_free;
    table->first_free = slot;
}
