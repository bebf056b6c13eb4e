/* The devices that a server holds, as the kernel has them. */
#pragma once

#include "core/device.h"
#include "core/thread.h"

struct io_device {
    struct device *claim;
    void *memory; /* of memory: where the server reaches it */
};

struct io_table {
    uint16_t count;
    struct io_device devices[];
};

static inline size_t io_table_bytes(size_t devices)
{
    return sizeof(struct io_table) + devices * sizeof(struct io_device);
}

/* Gives the thread its devices; the table stays until the thread has ended. -EINVARG when there is no such thread. */
int io_use_table(thread_id id, const struct io_table *table);

/* For ipc/syscall.c. */
int64_t io_syscall_read(uint64_t device, uint64_t offset);
int64_t io_syscall_write(uint64_t device, uint64_t what);
int64_t io_syscall_memory(uint64_t device, uint64_t second);
int64_t io_syscall_listen(uint64_t device, uint64_t events);
int64_t io_syscall_done(uint64_t device, uint64_t second);
int64_t io_syscall_take(uint64_t device, uint64_t second);
