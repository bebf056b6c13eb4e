/* Interrupts: of the timer, and of devices, which come to a thread as an event. Kernel only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/thread.h"

/* Called by core/trap.asm for vectors from EXCEPTION_VECTORS on, interrupts masked, on the stack of whoever runs. Runs as
 * the kernel; on the way out somebody else may go on. */
void interrupt_arrived(unsigned vector);

/* What the processor had taken when it found no stack for it comes again: to be called after a double fault that did not
 * strike in an interrupt. Interrupts masked. */
void interrupt_recall(void);

/* Moves the vectors of the two 8259s off the exceptions, so that what still comes has its true name, and masks them for
 * good. */
void interrupt_mask_pics(void);

/* From now on each interrupt of the line sets `events` of the thread, which is the only one to hear of it; -EINVARG for a
 * thread that isn't there or no events, -EPERM when the line has a listener, or cannot be routed. A level-triggered line is masked
 * when it strikes, until interrupt_done. */
int interrupt_attach(unsigned gsi, thread_id listener, uint64_t events);

/* The listener is done with the device: it may interrupt again. */
void interrupt_done(unsigned gsi);

/* The line has no listener any more, and is masked. */
void interrupt_detach(unsigned gsi);

struct thread;

/* Detaches all lines of a thread that has ended. */
void interrupt_forget(struct thread *thread);
