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

/* Gives the thread its devices; the table stays until the thread has ended. -EINVARG when there is no such thread. */
int io_use_table(thread_id id, const struct io_table *table);
