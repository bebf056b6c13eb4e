#include "ipc/figures_service.h"

#include "ipc/figures.h"
#include "ipc/supervisor.h"

static void serve(void *view)
{
    (void)ipc_bind(&figures_endpoint, thread_self());
    figures_serve(view);
}

/* Of the supervisor's priority, which does not come in between either: whoever makes one of the two ready runs only where both wait. */
int figures_service_begin(const struct memory_view *view)
{
    thread_id id;
    return thread_create(&(struct thread_plan){.name = "figures",
                                               .run = serve,
                                               .argument = (void *)(uintptr_t)view,
                                               .priority = PRIORITIES - 1},
                         &id);
}
