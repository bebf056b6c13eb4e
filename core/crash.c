/* The monitor's `crash`: a thread that makes a mistake, and what becomes of it. */
#include <stdint.h>

#include "core/commands.h"
#include "core/config.h"
#include "core/screen.h"
#include "core/status.h"
#include "core/string.h"
#include "core/thread.h"

/* core/crash.asm */
void crash_divide(void), crash_debug(void), crash_breakpoint(void), crash_overflow(void), crash_bound(void);
void crash_opcode(void), crash_fpu(void), crash_stack(void), crash_no_room(void), crash_little_room(void),
    crash_segment(void), crash_stack_segment(void);
void crash_protection(void), crash_page(void), crash_masked(void);
void crash_read(uintptr_t address), crash_write(uintptr_t address), crash_execute(uintptr_t address);

/* boot/kernel.ld */
extern const char image_base[], image_text_end[], image_end[];

/* By themselves. */
static const struct mistake {
    const char *name;
    void (*make)(void);
} mistakes[] = {
    {"bound", crash_bound},
    {"breakpoint", crash_breakpoint},
    {"debug", crash_debug},
    {"divide", crash_divide},
    {"fpu", crash_fpu},
    {"little-room", crash_little_room},
    {"masked", crash_masked},
    {"no-room", crash_no_room},
    {"opcode", crash_opcode},
    {"overflow", crash_overflow},
    {"page", crash_page},
    {"protection", crash_protection},
    {"segment", crash_segment},
    {"stack", crash_stack},
    {"stack-segment", crash_stack_segment},
};

/* With an address: what the page tables must not let anybody do. */
static uint64_t data = 0xC3; /* a `ret` */
static const struct violation {
    const char *name;
    void (*make)(uintptr_t address);
    uintptr_t address;
} violations[] = {
    {"write-text", crash_write, (uintptr_t)image_base},
    {"write-rodata", crash_write, (uintptr_t)image_text_end},
    {"execute-rodata", crash_execute, (uintptr_t)image_text_end},
    {"execute-data", crash_execute, (uintptr_t)&data},
    {"execute-ram", crash_execute, DIRECT_MAP_BASE + 2 * LOW_MEMORY_BYTES},
    {"execute-device", crash_execute, LOW_WINDOW_BASE + SCREEN_ADDR},
    {"read-null", crash_read, 8},
    {"write-null", crash_write, 8},
    {"execute-null", crash_execute, 0},
    {"read-low", crash_read, LOW_MEMORY_BYTES / 2}, /* where the loader had the first 2 MiB */
    {"read-behind-image", crash_read, (uintptr_t)image_end},
    {"read-guard", crash_read, STACK_WINDOW_BASE}, /* of the first stack */
    {"read-devices", crash_read, DEVICE_WINDOW_BASE + LOW_MEMORY_BYTES},
    {"read-image-as-ram", crash_read, DIRECT_MAP_BASE + LOW_MEMORY_BYTES},
};

enum { EVENT_ENDED = 1, PRIORITY = 20 };

static void make_mistake(void *mistake)
{
    ((const struct mistake *)mistake)->make();
}

static void violate(void *violation)
{
    const struct violation *what = violation;
    what->make(what->address);
}

/* Lets a thread do it. -EPERM when it got away with it. */
static int crash(void (*run)(void *), const void *what, print_text *print)
{
    struct thread_end end = {.how = THREAD_LIVES};
    thread_id id;
    int status = thread_create(&(struct thread_plan){.name = "crash",
                                                     .run = run,
                                                     .argument = (void *)(uintptr_t)what,
                                                     .priority = PRIORITY,
                                                     .end = &end,
                                                     .watcher = thread_self(),
                                                     .events = EVENT_ENDED},
                               &id);
    if (status != 0) {
        print("error: %s\n", status_sentence(status));
        return status;
    }
    thread_wait(EVENT_ENDED, THREAD_FOREVER);
    if (end.how != THREAD_FAULTED) {
        print("error: nothing has kept the thread from it\n");
        return -EPERM;
    }
    print("crash: vector %u has ended the thread, and nothing else\n", (unsigned)end.vector);
    return 0;
}

int command_crash(void *context, const char *arguments, print_text *print)
{
    (void)context;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        if (strcmp(arguments, mistakes[i].name) == 0) {
            return crash(make_mistake, &mistakes[i], print);
        }
    }
    for (size_t i = 0; i < sizeof violations / sizeof *violations; i++) {
        if (strcmp(arguments, violations[i].name) == 0) {
            return crash(violate, &violations[i], print);
        }
    }
    print("error: crash knows");
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        print(" %s", mistakes[i].name);
    }
    for (size_t i = 0; i < sizeof violations / sizeof *violations; i++) {
        print(" %s", violations[i].name);
    }
    print("\n");
    return -EINVARG;
}
