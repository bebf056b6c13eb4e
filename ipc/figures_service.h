/* The kernel's thread that answers questions about memory (ipc/figures.h). It has the highest priority, and waits for nothing but
 * questions: so nobody takes or gives memory while it looks. Kernel only. */
#pragma once

struct memory_view; /* mm/commands.h */

/* Makes it; map and plan stay. Once. 0, or thread_create's status. */
int figures_service_begin(const struct memory_view *view);
