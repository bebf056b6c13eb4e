#include "ipc/syscall.h"

#include <assert.h>

#include "boot/layout.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/status.h"
#include "ipc/correspondent.h"
#include "ipc/io_table.h"
#include "ipc/window.h"

/* AMD APM vol. 2, 6.1.1 and 3.1.7. */
enum {
    MSR_EFER = 0xC0000080,
    MSR_STAR = 0xC0000081,
    MSR_LSTAR = 0xC0000082,
    MSR_SFMASK = 0xC0000084,
    EFER_SYSCALL = 1 << 0,
    STAR_KERNEL_SHIFT = 32,
    STAR_USER_SHIFT = 48,
    USER_SEGMENTS = SEGMENT_USER_DATA - 8, /* sysret adds 8 for the stack and 16 for the code */
};
#define FLAGS_MASKED                                                                                                 \
    (CPU_FLAGS_IF | CPU_FLAGS_AC | UINT64_C(1) << 8 /* TF */ | UINT64_C(1) << 10 /* DF */ |                          \
     UINT64_C(1) << 14 /* NT */)

/* ipc/syscall.asm: one leads to the other. */
void syscall_entry(void);
extern int64_t (*const syscall_table[SYSCALLS])(uint64_t first, uint64_t second);
static_assert(SYSCALLS == 24 && SYSCALL_TIMED == 32 && SYSCALL_CALL == 1 && SYSCALL_REPLY_RECEIVE == 5 &&
                  EINVARG == 1,
              "ipc/syscall.asm has them too");

void syscall_init(void)
{
    cpu_wrmsr(MSR_STAR,
              (uint64_t)USER_SEGMENTS << STAR_USER_SHIFT | (uint64_t)SEGMENT_KERNEL_CODE << STAR_KERNEL_SHIFT);
    cpu_wrmsr(MSR_LSTAR, (uintptr_t)syscall_entry);
    cpu_wrmsr(MSR_SFMASK, FLAGS_MASKED);
    cpu_wrmsr(MSR_EFER, cpu_rdmsr(MSR_EFER) | EFER_SYSCALL);
}

/* Each is called by ipc/syscall.asm with its arguments, interrupts on; those with messages only if there is a page, and with
 * their message in it. */

static int64_t call(uint64_t handle, uint64_t nanoseconds)
{
    return ipc_call(handle, ipc_page(), nanoseconds);
}

static int64_t send(uint64_t handle, uint64_t nanoseconds)
{
    return ipc_send(handle, ipc_page(), nanoseconds);
}

static int64_t receive(uint64_t first, uint64_t nanoseconds)
{
    (void)first;
    return ipc_receive(ipc_page(), nanoseconds);
}

static int64_t reply(uint64_t token, uint64_t second)
{
    (void)second;
    return ipc_reply(token, ipc_page());
}

static int64_t reply_receive(uint64_t token, uint64_t nanoseconds)
{
    return ipc_reply_receive(token, ipc_page(), nanoseconds);
}

/* The highest event is the kernel's own: it would make the answer negative. */
static int64_t wait(uint64_t wanted, uint64_t nanoseconds)
{
    uint64_t events = thread_wait(wanted & INT64_MAX, nanoseconds);
    return events != 0 ? (int64_t)events : -ETIMEDOUT;
}

static int64_t sleep(uint64_t nanoseconds, uint64_t second)
{
    (void)second;
    thread_sleep(nanoseconds);
    return 0;
}

static int64_t yield(uint64_t first, uint64_t second)
{
    (void)first, (void)second;
    thread_yield();
    return 0;
}

static int64_t accept(uint64_t what, uint64_t events)
{
    return ipc_accept((uint8_t)what, what >> 8, events & INT64_MAX);
}

static int64_t revoke(uint64_t handle, uint64_t second)
{
    (void)second;
    return ipc_revoke(handle);
}

static int64_t close(uint64_t handle, uint64_t second)
{
    (void)second;
    return ipc_close(handle);
}

static int64_t now(uint64_t first, uint64_t second)
{
    (void)first, (void)second;
    return (int64_t)clock_nanoseconds();
}

static int64_t leave(uint64_t value, uint64_t second)
{
    (void)second;
    thread_end_current(&(struct thread_end){.how = THREAD_EXITED, .rax = value});
}

/* By enum syscall; for what stands nowhere here, ipc/syscall.asm has its own. */
int64_t (*const syscall_table[SYSCALLS])(uint64_t first, uint64_t second) = {
    [SYSCALL_CALL] = call,
    [SYSCALL_SEND] = send,
    [SYSCALL_RECEIVE] = receive,
    [SYSCALL_REPLY] = reply,
    [SYSCALL_REPLY_RECEIVE] = reply_receive,
    [SYSCALL_WAIT] = wait,
    [SYSCALL_SLEEP] = sleep,
    [SYSCALL_YIELD] = yield,
    [SYSCALL_EXIT] = leave,
    [SYSCALL_ACCEPT] = accept,
    [SYSCALL_REVOKE] = revoke,
    [SYSCALL_CLOSE] = close,
    [SYSCALL_GRANT] = window_syscall_grant,
    [SYSCALL_RETURN] = window_syscall_return,
    [SYSCALL_WINDOW] = window_syscall_blocks,
    [SYSCALL_CLOCK] = now,
    [SYSCALL_IO_READ] = io_syscall_read,
    [SYSCALL_IO_WRITE] = io_syscall_write,
    [SYSCALL_IO_MEMORY] = io_syscall_memory,
    [SYSCALL_IO_LISTEN] = io_syscall_listen,
    [SYSCALL_IO_DONE] = io_syscall_done,
    [SYSCALL_IO_TAKE] = io_syscall_take,
};
