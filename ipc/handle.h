/* Handles: by what number a server names an endpoint, what it may do there, and as whom. A server has a table of them and
 * can name nothing else. A number says which slot and which use of it, so one that was taken back is not the next one.
 * Portable; one change at a time. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/message.h"

struct ipc_endpoint;

struct handle {
    struct ipc_endpoint *endpoint;
    uint64_t badge;
    uint64_t use;    /* which use of the slot it is, or will be */
    uint32_t rights; /* a set of enum handle_right; 0: free     */
    uint32_t next_free;
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

/* Gives a table a handle to the endpoint, whose ring of handles `ring` leads into. `rights` not 0. Returns 0 when there is no
 * free slot. */
handle_t handle_give(struct handle_table *table, struct ipc_endpoint *endpoint, struct handle **ring,
                     const struct handle *what);

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

/* handle_find for HANDLE_CALL, with one comparison. */
static inline const struct handle *handle_to_call(const struct handle_table *table, handle_t number)
{
    uint32_t slot = number & ((1u << HANDLE_SLOT_BITS) - 1);
    return slot < table->count && table->slots[slot].call == number ? &table->slots[slot] : NULL;
}

/* Why handle_find has found nothing: -EINVARG where there is no handle of that number, -EPERM where it lacks a right. */
int handle_refusal(struct handle_table *table, handle_t number);

/* Takes the handle out of its table and its endpoint's ring. */
void handle_take(struct handle_table *table, struct handle *handle, struct handle **ring);
