/* Who waits for whom, for reports. Kernel only. */
#pragma once

#include "core/thread.h"

enum ipc_waiting {
    IPC_WAITS_FOR_NOBODY,
    IPC_WAITS_FOR_MESSAGES,
    IPC_WAITS_FOR_ANSWER, /* or for its message to be taken */
};

/* What the thread waits for, at this moment; `whom`: who has to act, 0 where that is no one thread. Nobody, too, when there is no such
 * thread. By any thread, interrupts on. */
enum ipc_waiting ipc_waits_for(thread_id id, thread_id *whom);
