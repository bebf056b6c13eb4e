#include "ipc/window.h"

#include "core/lock.h"
#include "core/status.h"
#include "ipc/correspondent.h"
#include "mm/grant.h"

static struct address_space *window(void)
{
    return correspondent_of(thread_current(percpu_here()))->space;
}

uintptr_t grant_lock(void)
{
    return kernel_lock();
}

void grant_unlock(uintptr_t state)
{
    kernel_unlock(state);
}

bool thread_ipc_missing(void *ipc, uint64_t address)
{
    struct correspondent *self = ipc;
    return self->space != NULL && grant_table(self->space, address);
}

int64_t window_syscall_grant(uint64_t blocks, uint64_t second)
{
    uintptr_t address = 0;
    (void)second;
    int status = window() != NULL ? grant_blocks(window(), blocks, &address) : -EINVARG;
    return status == 0 ? (int64_t)address : status;
}

int64_t window_syscall_return(uint64_t address, uint64_t blocks)
{
    return window() != NULL ? grant_return(window(), address, blocks) : -EINVARG;
}

int64_t window_syscall_blocks(uint64_t first, uint64_t second)
{
    (void)first, (void)second;
    return (int64_t)grant_window_blocks();
}
