/* Handles: by what number a server names an endpoint, what it may do there, and as whom. A server has a table of them and
 * can name nothing else. A number says which slot and which use of it, so one that was taken back is not the next one.
 * Portable; one change at a time.
 *
 * All handles to an endpoint are in a ring, in which each is followed by those that were derived from it, one deeper than it
 * is, each followed by its own:
 *
 *     a   b     c     d     e   f        b and d are derived from a, c from b; what is derived from a ends before e,
 *     0   1     2     1     0   1        the next that is no deeper than a
 *
 * What is taken back takes with it all that was derived from it, whoever has that. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/message.h"

struct ipc_endpoint;

enum { HANDLE_DEPTH_MAX = 1000 }; /* what is that deep cannot be handed on */

struct handle {
    struct ipc_endpoint *endpoint;
    uint64_t badge;
    uint64_t use;               /* which use of the slot it is, or will be         */
    uint16_t rights;            /* a set of enum handle_right; 0: free             */
    uint16_t depth;             /* how often it was handed on                      */
    uint32_t slot;              /* its own; of one that is free, the next free one */
    struct handle *next, *prev; /* in the ring of the endpoint's handles */
    uint64_t call;              /* its number if that may be called; else one that never leads here */
    uint64_t unused;
};
static_assert(sizeof(struct handle) == 64, "a shift finds it");

struct handle_table {
    uint32_t count;
    uint32_t first_free; /* `count`: none */
    struct handle slots[];
};

/* Bytes of a table with `count` slots, at most 2^HANDLE_SLOT_BITS. */
static inline size_t handle_table_bytes(uint32_t count)
{
    return sizeof(struct handle_table) + count * sizeof(struct handle);
}

/* Makes memory a table in which all slots are free. */
void handle_table_init(struct handle_table *table, uint32_t count);

/* Whether a handle can be given. */
static inline bool handle_table_has_room(const struct handle_table *table)
{
    return table->first_free != table->count;
}

/* Gives a table a handle to the endpoint, whose ring of handles `ring` leads into; it is derived from none. `rights` not 0.
 * Returns 0 when there is no free slot. */
handle_t handle_give(struct handle_table *table, struct ipc_endpoint *endpoint, struct handle **ring,
                     const struct handle *what);

/* Gives a table a handle with some of the rights of another, not 0, and its badge, derived from it. Returns 0 when there is no
 * free slot, or it is HANDLE_DEPTH_MAX deep. */
handle_t handle_derive(struct handle_table *table, struct handle *from, uint16_t rights);

/* The handle with that number which has all of `rights`, at least one; NULL: handle_refusal says why. */
static inline struct handle *handle_find(struct handle_table *table, handle_t number, uint32_t rights)
{
    size_t slot = number & ((1u << HANDLE_SLOT_BITS) - 1);
    if (slot >= table->count) {
        return NULL;
    }
    struct handle *handle = &table->slots[slot];
    return handle->use == number >> HANDLE_SLOT_BITS && (handle->rights & rights) == rights ? handle : NULL;
}

/* The handle with that number, whatever its rights, or NULL. */
static inline struct handle *handle_named(struct handle_table *table, handle_t number)
{
    struct handle *handle = handle_find(table, number, 0);
    return handle != NULL && handle->rights != 0 ? handle : NULL;
}

/* handle_find for HANDLE_CALL, with one comparison. */
static inline const struct handle *handle_to_call(const struct handle_table *table, handle_t number)
{
    uint32_t slot = number & ((1u << HANDLE_SLOT_BITS) - 1);
    return slot < table->count && table->slots[slot].call == number ? &table->slots[slot] : NULL;
}

/* Why handle_find has found nothing: -EINVARG where there is no handle of that number, -EPERM where it lacks a right. */
int handle_refusal(struct handle_table *table, handle_t number);

/* Takes back the next handle that was derived from this one, however often; false: there is none. */
bool handle_revoke_one(struct handle *handle, struct handle **ring);

/* Takes the handle out of its table and its endpoint's ring; nothing may be derived from it. */
void handle_take(struct handle *handle, struct handle **ring);
