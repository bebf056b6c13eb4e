/* What calls cost: figures for mm/bench.h, as core/thread_bench.h has them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ipc/setup.h"

/* 32 bytes to a server and 32 back, between kernel threads. */
int bench_ipc_call_kernel_32(uint64_t *samples, size_t count);

/* Starts a kernel thread that sends back whatever is sent to the endpoint, and waits until it receives. 0 or a negative
 * status. */
int bench_echo_start(struct ipc_endpoint *endpoint, thread_id *server);
