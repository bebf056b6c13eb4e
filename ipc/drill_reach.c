/* What the kernel may do with pages of ring 3. */
#include <stdbool.h>
#include <stdint.h>

#include "core/cpu.h"
#include "core/thread.h"
#include "ipc/drill_user.h"
#include "mm/address_space.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/paging.h"

enum {
    PAGE = 0x400000,
    RETURN = 0xC3,
    VECTOR_PAGE_FAULT = 14,
    PRIORITY = 20,
    EVENT_ENDED = 1,
};

/* core/crash.asm */
void crash_read(uintptr_t address), crash_write(uintptr_t address), crash_execute(uintptr_t address);

static void read_page(void *unused)
{
    (void)unused;
    crash_read(PAGE);
}

static void write_page(void *unused)
{
    (void)unused;
    crash_write(PAGE);
}

static void execute_page(void *unused)
{
    (void)unused;
    crash_execute(PAGE);
}

static void read_on_purpose(void *unused)
{
    (void)unused;
    if ((cpu_cr4() & CPU_CR4_SMAP) != 0) {
        cpu_user_access_begin();
        crash_read(PAGE);
        cpu_user_access_end();
    }
}

/* Lets a kernel thread do it in the space; whether it was stopped exactly if it was to be. */
static bool stopped(const struct address_space *space, void (*run)(void *), bool expected)
{
    struct thread_end end = {.how = THREAD_LIVES};
    thread_id id;
    if (thread_create(&(struct thread_plan){.name = "reach",
                                            .run = run,
                                            .priority = PRIORITY,
                                            .space = address_space_cr3(space),
                                            .end = &end,
                                            .watcher = thread_self(),
                                            .events = EVENT_ENDED},
                      &id) != 0) {
        return false;
    }
    thread_wait(EVENT_ENDED, THREAD_FOREVER);
    return expected ? end.how == THREAD_FAULTED && end.vector == VECTOR_PAGE_FAULT && end.address == PAGE
                    : end.how == THREAD_EXITED;
}

static const char *reach(const struct address_space *space)
{
    bool smap = (cpu_cr4() & CPU_CR4_SMAP) != 0, smep = (cpu_cr4() & CPU_CR4_SMEP) != 0;
    return !stopped(space, read_page, smap)      ? "the kernel reads a user page by mistake, or cannot where it may"
           : !stopped(space, execute_page, smep) ? "the kernel executes a user page, or cannot where it may"
           : !stopped(space, read_on_purpose, false) ? "the kernel cannot read a user page on purpose"
                                                     : NULL;
}

const char *drill_reach(void)
{
    struct address_space space;
    uint8_t *block = kmalloc(HEAP_BLOCK_SIZE);
    if (block == NULL || address_space_create(OWNER_KERNEL, &space) != 0) {
        kfree(block);
        return "there is no memory for a space";
    }
    *block = RETURN;
    const struct user_page page = {PAGE, paging_physical(block), USER_EXECUTE};
    const char *wrong = "the page could not be mapped";
    if (address_space_map(&space, &page) == 0) {
        wrong = reach(&space);
    }
    if (wrong == NULL && !stopped(&space, write_page, true)) {
        wrong = "the kernel writes a page that is read-only";
    }
    address_space_destroy(&space);
    kfree(block);
    return wrong;
}
