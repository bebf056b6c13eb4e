/* The servers that the boot starts. Kernel only. */
#pragma once

#include <stdint.h>

/* Starts them and lets them run until all of them have ended or wait. Once, on the boot's own thread, as soon as there are
 * memory, threads and clocks: before anything is printed about those. NULL and when the first of them ran its first
 * instruction in ring 3, as it has read the time stamp counter itself; else why there is none, as a sentence without a
 * full stop. */
const char *servers_begin(uint64_t *first_instruction);
