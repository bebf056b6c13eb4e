#include "ipc/io.h"

#include "core/console.h"
#include "core/console_input.h"
#include "core/lock.h"
#include "core/status.h"
#include "ipc/correspondent.h"
#include "ipc/io_table.h"

int io_use_table(thread_id id, const struct io_table *table)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    if (thread != NULL) {
        correspondent_of(thread)->io = table;
    }
    kernel_unlock(lock);
    return thread != NULL ? 0 : -EINVARG;
}

/* NULL: the calling thread has none of that number. */
static const struct io_device *find(uint64_t number)
{
    const struct io_table *table = correspondent_of(thread_current(percpu_here()))->io;
    return table != NULL && number < table->count ? &table->devices[number] : NULL;
}

int io_read8(uint64_t device, uint64_t offset)
{
    const struct io_device *found = find(device);
    uint8_t value;
    if (found == NULL) {
        return -EINVARG;
    }
    if (device_covers(found->claim, DEVICE_CONSOLE, 0, 1)) {
        int key = console_input_left();
        return key >= 0 ? key : -EDEAD;
    }
    int status = device_read8(found->claim, offset, &value);
    return status == 0 ? value : status;
}

int io_write8(uint64_t device, uint64_t offset, uint8_t value)
{
    const struct io_device *found = find(device);
    return found != NULL ? device_write8(found->claim, offset, value) : -EINVARG;
}

void *io_memory(uint64_t device)
{
    const struct io_device *found = find(device);
    return found != NULL ? found->memory : NULL;
}

int io_listen(uint64_t device, uint64_t events)
{
    const struct io_device *found = find(device);
    if (found == NULL) {
        return -EINVARG;
    }
    return device_covers(found->claim, DEVICE_CONSOLE, 0, 1) ? console_listen(thread_self(), events)
                                                             : device_listen(found->claim, thread_self(), events);
}

int io_done(uint64_t device)
{
    const struct io_device *found = find(device);
    return found != NULL ? device_done(found->claim) : -EINVARG;
}

int io_take(uint64_t device, struct message *message)
{
    const struct io_device *found = find(device);
    if (found == NULL) {
        return -EINVARG;
    }
    return device_covers(found->claim, DEVICE_CONSOLE, 0, 1)
               ? (int)console_take((char *)message->word, sizeof message->word)
               : -EPERM;
}

/* Of ring 3. */

int64_t io_syscall_read(uint64_t device, uint64_t offset)
{
    return io_read8(device, offset);
}

int64_t io_syscall_write(uint64_t device, uint64_t what)
{
    return io_write8(device, what >> 8, (uint8_t)what);
}

int64_t io_syscall_memory(uint64_t device, uint64_t second)
{
    (void)second;
    return (int64_t)(uintptr_t)io_memory(device);
}

/* The highest event is the kernel's own. */
int64_t io_syscall_listen(uint64_t device, uint64_t events)
{
    return io_listen(device, events & INT64_MAX);
}

int64_t io_syscall_done(uint64_t device, uint64_t second)
{
    (void)second;
    return io_done(device);
}

int64_t io_syscall_take(uint64_t device, uint64_t second)
{
    struct message *page = ipc_page();
    (void)second;
    return page != NULL ? io_take(device, page) : -EINVARG;
}
