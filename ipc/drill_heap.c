/* kmalloc in ring 3 (servers/library/heap.h), tried by a server of its own, and measured. */
#include "ipc/drill_heap.h"

#include <stdbool.h>

#include "core/console.h"
#include "core/status.h"
#include "core/thread.h"
#include "ipc/elf.h"
#include "ipc/heap_trial.h"
#include "ipc/program.h"
#include "ipc/setup.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/paging.h"

enum {
    VECTOR_OPCODE = 6,
    PRIORITY = 9,
    STACK_PAGES = 4,
    QUOTA = 1200,
    FILLED_LEAST = 900, /* of the quota; the rest is the program, page tables, and what the heap knows */
    REFUSED = 8,        /* frees, by what servers/heap_drill.c does */
    EVENT_ENDED = 1,
    KILLS = 24,
    KILL_NANOSECONDS = 30000, /* more to live, each time */
};

/* servers/images.asm */
extern const uint8_t heap_drill_image[], heap_drill_image_end[];

/* Makes a thread of it, which does not run before this one waits. */
static int begin(struct program *program, struct heap_trial *page, struct thread_end *end, thread_id *id)
{
    const struct user_page shown = {HEAP_TRIAL_PAGE, paging_physical(page), USER_WRITE};
    int status = address_space_map(&program->space, &shown);
    if (status == 0) {
        status = thread_create(&(struct thread_plan){.name = "heap",
                                                     .priority = PRIORITY,
                                                     .user_entry = program->entry,
                                                     .user_stack = program->stack_top,
                                                     .space = address_space_cr3(&program->space),
                                                     .end = end,
                                                     .watcher = thread_self(),
                                                     .events = EVENT_ENDED},
                               id);
    }
    return status == 0 ? ipc_use_window(*id, &program->space) : status;
}

/* Runs it to its end. What it returns is the line of its source that found something wrong. An endless one is ended from
 * here, in the middle of whatever it is doing. */
static const char *run(struct program *program, struct heap_trial *page)
{
    struct thread_end end = {.how = THREAD_LIVES};
    thread_id id;
    if (begin(program, page, &end, &id) != 0) {
        return "there is no memory for a thread";
    }
    if (page->endless != 0) {
        thread_sleep(page->endless);
        thread_kill(id);
    }
    while (end.how == THREAD_LIVES) { /* somebody else's event may be left */
        thread_wait(EVENT_ENDED, THREAD_FOREVER);
    }
    bool good = page->endless != 0 ? end.how == THREAD_KILLED
                : page->measure != 0
                    ? end.how == THREAD_EXITED
                    : end.how == THREAD_FAULTED && end.vector == VECTOR_OPCODE && end.rax == HEAP_TRIAL_GOOD;
    if (!good) {
        kprintf("drill: the program has ended with %llu\n", (unsigned long long)end.rax);
    }
    return good ? NULL : "the heap of ring 3 is not as the program expects";
}

static const char *load_and_run(owner_t owner, struct heap_trial *page)
{
    const struct elf_file file = {heap_drill_image, (uintptr_t)heap_drill_image_end - (uintptr_t)heap_drill_image};
    struct program program;
    const char *wrong = program_load_file(&file, STACK_PAGES, owner, &program);
    if (wrong == NULL) {
        wrong = run(&program, page);
        program_unload(&program);
    }
    return wrong;
}

/* With an owner of its own, of whom nothing must be left. */
static const char *try(struct heap_trial *page)
{
    owner_t owner;
    if (owner_create("heap", QUOTA, &owner) != 0) {
        return "there is no memory for an owner";
    }
    const char *wrong = load_and_run(owner, page);
    struct reclaim_report report;
    bool ended = kheap_reclaim(owner, &report) == 0 && report.charged == 0;
    return wrong != NULL || ended ? wrong : "something is still charged to a server that has ended";
}

const char *drill_heap(void)
{
    struct heap_trial *page = kzalloc(HEAP_BLOCK_SIZE);
    const char *wrong = page != NULL ? try(page) : "there is no memory for a page";
    if (wrong == NULL && (page->refused != REFUSED || page->filled < FILLED_LEAST)) {
        wrong = "the heap of ring 3 refused, or got, other than expected";
    }
    for (unsigned i = 0; wrong == NULL && i < KILLS; i++) {
        page->endless = KILL_NANOSECONDS * (i + 1);
        wrong = try(page);
    }
    kfree(page);
    return wrong;
}

static int measure(size_t bytes, uint64_t *samples, size_t count)
{
    struct heap_trial *page = kzalloc(HEAP_BLOCK_SIZE);
    if (page == NULL) {
        return -ENOMEM;
    }
    page->measure = count;
    page->bytes = bytes;
    int status = try(page) == NULL ? 0 : -EDEAD;
    for (size_t i = 0; i < count; i++) {
        samples[i] = page->samples[i];
    }
    kfree(page);
    return status;
}

int bench_kmalloc_user_64(uint64_t *samples, size_t count)
{
    return measure(64, samples, count);
}
