/* What it costs a server to ask another one of the manifest: a figure for mm/bench.h. Part of the kernel. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* To the store and back by the library's stub, for a key that it has not: all but the work. -EDEAD: it does not run. */
int bench_shell_to_store(uint64_t *samples, size_t count);
