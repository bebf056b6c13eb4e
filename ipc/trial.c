#include "ipc/trial.h"

#include "core/lock.h"
#include "core/status.h"
#include "core/string.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/paging.h"

static int map(struct trial *trial, uintptr_t virtual, const void *block, unsigned rights)
{
    return address_space_map(&trial->space, &(struct user_page){virtual, paging_physical(block), rights});
}

static int make_space(struct trial *trial, const struct trial_plan *plan)
{
    trial->code = kmalloc(HEAP_BLOCK_SIZE);
    trial->page = kzalloc(HEAP_BLOCK_SIZE);
    if (trial->code == NULL || trial->page == NULL) {
        return -ENOMEM;
    }
    int status = address_space_create(plan->owner, &trial->space);
    if (status != 0) {
        return status;
    }
    memcpy(trial->code, plan->start, (uintptr_t)plan->end - (uintptr_t)plan->start);
    status = map(trial, TRIAL_CODE, trial->code, USER_EXECUTE);
    return status == 0 ? map(trial, TRIAL_DATA, trial->page, USER_WRITE) : status;
}

int trial_begin(struct trial *trial, const struct trial_plan *plan, uint64_t events)
{
    *trial = (struct trial){.end.how = THREAD_KILLED};
    int status = make_space(trial, plan);
    if (status != 0) {
        return status;
    }
    uint64_t lock = kernel_lock(); /* whenever the caller's turn ends */
    status = thread_create(&(struct thread_plan){.name = plan->name,
                                                 .priority = plan->priority,
                                                 .user_entry = TRIAL_CODE,
                                                 .user_stack = TRIAL_DATA + HEAP_BLOCK_SIZE,
                                                 .space = address_space_cr3(&trial->space),
                                                 .owner = plan->owner,
                                                 .end = &trial->end,
                                                 .watcher = thread_self(),
                                                 .events = events},
                           &trial->id);
    if (status == 0) {
        ipc_use_page(trial->id, trial->page);
        ipc_use_window(trial->id, &trial->space);
        ipc_use_handles(trial->id, plan->handles);
        status = plan->endpoint != NULL ? ipc_bind(plan->endpoint, trial->id) : 0;
    }
    kernel_unlock(lock);
    return status;
}

void trial_end(struct trial *trial)
{
    if (trial->end.how == THREAD_LIVES) {
        thread_kill(trial->id);
    }
    if (trial->space.top != NULL) {
        address_space_destroy(&trial->space);
    }
    kfree(trial->code);
    kfree(trial->page);
}
