/* Ring 3, tried on the machine itself: for the monitor's `drill` (core/drill.h). Programs that attack what protects the
 * kernel and each other, or rely on it, several at a time, each in an address space of its own. */
#pragma once

/* NULL, or the name of a program that did not end as it was to. */
const char *drill_user(void);

/* A server image (servers/drill.c) loaded and run, three times. NULL, or what was wrong. */
const char *drill_program(void);

/* What the kernel itself may do with a page of ring 3, which depends on what the processor has: read, write and execute it by
 * mistake, and read it on purpose. NULL, or what was not as it must be. */
const char *drill_reach(void);

/* Programs that call each other with and without floating-point registers. The same. */
const char *drill_fpu(void);

/* Each server that runs, ended and started again twice. The same. */
const char *drill_servers(void);
