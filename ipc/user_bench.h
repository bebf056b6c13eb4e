/* What calls cost from ring 3: figures for mm/bench.h, measured there, reading the counter included. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* To a server in another address space and back: 32 bytes, 256 bytes; and to one that is a kernel thread. */
int bench_ipc_call_user_32(uint64_t *samples, size_t count);
int bench_ipc_call_user_256(uint64_t *samples, size_t count);
int bench_ipc_call_mixed_32(uint64_t *samples, size_t count);

/* A block given with a call and returned with the answer, between two servers with quotas. */
int bench_ipc_gift_4096(uint64_t *samples, size_t count);

/* Setting an event of a server that does not wait for it. */
int bench_ipc_notify_user(uint64_t *samples, size_t count);

/* A system call that does nothing. */
int bench_syscall_null(uint64_t *samples, size_t count);
