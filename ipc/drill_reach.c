/* What the kernel may do with pages of ring 3. */
#include <stdbool.h>
#include <stdint.h>

#include "core/cpu.h"
#include "core/lock.h"
#include "core/thread.h"
#include "ipc/drill_user.h"
#include "mm/address_space.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/paging.h"

enum {
    PAGE = 0x400000,
    UNMAPPED = 0x500000,
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
    if ((cpu_cr4() & CPU_CR4_SMAP) == 0) {
        crash_read(PAGE);
        return;
    }
    cpu_user_access_begin();
    crash_read(PAGE);
    cpu_user_access_end();
}

/* Another thread in the same space. */
static thread_id sibling;

static void do_nothing(void *unused)
{
    (void)unused;
}

static void wait_forever(void *unused)
{
    (void)unused;
    thread_wait(EVENT_ENDED, THREAD_FOREVER);
}

static void end_sibling_and_read(void *unused)
{
    (void)thread_kill(sibling);
    read_on_purpose(unused);
}

static int start(uint64_t space, void (*run)(void *), struct thread_end *end, thread_id *id)
{
    return thread_create(&(struct thread_plan){.name = "reach",
                                               .run = run,
                                               .argument = &sibling,
                                               .priority = PRIORITY,
                                               .space = space,
                                               .end = end,
                                               .watcher = thread_self(),
                                               .events = EVENT_ENDED},
                         id);
}

/* Lets a kernel thread do it in the space; whether it was stopped exactly if it was to be. */
static bool stopped(const struct address_space *space, void (*run)(void *), bool expected)
{
    struct thread_end end = {.how = THREAD_LIVES};
    thread_id id;
    if (start(address_space_cr3(space), run, &end, &id) != 0) {
        return false;
    }
    thread_wait(EVENT_ENDED, THREAD_FOREVER);
    return expected ? end.how == THREAD_FAULTED && end.vector == VECTOR_PAGE_FAULT && end.address == PAGE
                    : end.how == THREAD_EXITED;
}

/* Of two in one space the first one ends, by itself or by the other one's hand, and the other one goes on in it. */
static const char *share(const struct address_space *space)
{
    struct thread_end end = {.how = THREAD_LIVES};
    uint64_t cr3 = address_space_cr3(space), lock = kernel_lock(); /* both are ready before the first one runs */
    bool made = start(cr3, do_nothing, NULL, &sibling) == 0 && start(cr3, read_on_purpose, &end, &sibling) == 0;
    kernel_unlock(lock);
    thread_yield();
    made = made && start(cr3, wait_forever, NULL, &sibling) == 0;
    return made && end.how == THREAD_EXITED && stopped(space, end_sibling_and_read, false)
               ? NULL
               : "a thread lost its space when another one in it ended";
}

/* Ends in the midst of touching user pages, by a mistake. */
static void stumble(void *unused)
{
    (void)unused;
    if ((cpu_cr4() & CPU_CR4_SMAP) != 0) {
        cpu_user_access_begin();
    }
    crash_read(UNMAPPED);
}

static volatile uint64_t flags_seen; /* 0: not yet */

static void linger(void *unused)
{
    (void)unused;
    cpu_user_access_begin();
    while (flags_seen == 0) {
    }
    cpu_user_access_end();
}

static void wake_up_and_look(void *unused)
{
    (void)unused;
    thread_sleep(1000000);
    flags_seen = cpu_flags();
}

/* What one thread may do to user pages is not what those may who go on while it is in the midst of that. */
static const char *leak(uint64_t cr3)
{
    bool made = start(cr3, stumble, NULL, &sibling) == 0;
    flags_seen = cpu_flags();
    if (made && (flags_seen & CPU_FLAGS_AC) == 0 && (cpu_cr4() & CPU_CR4_SMAP) != 0) {
        flags_seen = 0;
        made = start(cr3, wake_up_and_look, NULL, &sibling) == 0 && start(cr3, linger, NULL, &sibling) == 0;
    }
    return made && (flags_seen & CPU_FLAGS_AC) == 0 ? NULL
                                                    : "a thread that touches user pages left that to the next one";
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
        wrong = wrong == NULL ? share(&space) : wrong;
        wrong = wrong == NULL ? leak(address_space_cr3(&space)) : wrong;
    }
    if (wrong == NULL && !stopped(&space, write_page, true)) {
        wrong = "the kernel writes a page that is read-only";
    }
    address_space_destroy(&space);
    kfree(block);
    return wrong;
}
