/* Bytes from one producer to one consumer, which may interrupt each other or run at the same time; no locks. Portable. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* `put` and `taken` count for ever, so that full and empty differ; a byte's place is its number's low bits. */
struct ring {
    uint8_t *bytes;
    uint32_t mask;  /* their number, a power of two, less one */
    uint32_t put;   /* the producer's                         */
    uint32_t taken; /* the consumer's                         */
};

/* An empty ring over an array of a power of two of bytes, 2^31 at most. */
#define RING_OVER(array) ((struct ring){.bytes = (array), .mask = sizeof(array) - 1})

/* How many bytes are in it. The consumer finds at least so many, the producer leaves at most so many. */
static inline uint32_t ring_count(const struct ring *ring)
{
    uint32_t taken = __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&ring->put, __ATOMIC_ACQUIRE) - taken;
}

static inline bool ring_full(const struct ring *ring)
{
    return ring_count(ring) > ring->mask;
}

/* The producer's. False, and nothing is put, when the ring is full. */
static inline bool ring_put(struct ring *ring, uint8_t byte)
{
    if (ring_full(ring)) {
        return false;
    }
    ring->bytes[ring->put & ring->mask] = byte;
    __atomic_store_n(&ring->put, ring->put + 1, __ATOMIC_RELEASE);
    return true;
}

/* The consumer's. The oldest byte, or -1 when there is none. */
static inline int ring_take(struct ring *ring)
{
    if (ring_count(ring) == 0) {
        return -1;
    }
    uint8_t byte = ring->bytes[ring->taken & ring->mask];
    __atomic_store_n(&ring->taken, ring->taken + 1, __ATOMIC_RELEASE);
    return byte;
}
