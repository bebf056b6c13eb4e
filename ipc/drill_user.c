#include "ipc/drill_user.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/cpu.h"
#include "core/status.h"
#include "core/string.h"
#include "core/thread.h"
#include "mm/address_space.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/paging.h"

enum {
    CODE = 0x400000,
    DATA = 0x500000,
    VECTOR_OPCODE = 6,
    GOOD = 0x600D,
    PRIORITY = 9, /* below the monitor, which waits */
    AT_ONCE = 3,
    EVENT_ENDED = 1,
    GLANCE_NANOSECONDS = 100000,
    PROGRAM_NAME_BYTES = 24,
};

/* ipc/drill_programs.asm */
struct program {
    const uint8_t *start, *end;
    uint32_t vector;     /* that it ends by if all is well */
    uint32_t needs_umip; /* or else by its own, good, end  */
    char name[PROGRAM_NAME_BYTES];
};
extern const struct program drill_programs[];
extern const uint64_t drill_program_count;

/* A program on its way. */
struct attempt {
    const struct program *program;
    struct address_space space;
    void *code, *data;
    struct thread_end end;
    thread_id id;
};

static int map(struct attempt *attempt, uintptr_t virtual, const void *block, unsigned rights)
{
    return address_space_map(&attempt->space, &(struct user_page){virtual, paging_physical(block), rights});
}

static int start(struct attempt *attempt)
{
    const struct program *program = attempt->program;
    attempt->code = kmalloc(HEAP_BLOCK_SIZE);
    attempt->data = kzalloc(HEAP_BLOCK_SIZE);
    if (attempt->code == NULL || attempt->data == NULL) {
        return -ENOMEM;
    }
    memcpy(attempt->code, program->start, (size_t)(program->end - program->start));
    int status = map(attempt, CODE, attempt->code, USER_EXECUTE);
    status = status == 0 ? map(attempt, DATA, attempt->data, USER_WRITE) : status;
    if (status != 0) {
        return status;
    }
    return thread_create(&(struct thread_plan){.name = program->name,
                                               .priority = PRIORITY,
                                               .user_entry = CODE,
                                               .user_stack = DATA + HEAP_BLOCK_SIZE,
                                               .space = address_space_cr3(&attempt->space),
                                               .end = &attempt->end,
                                               .watcher = thread_self(),
                                               .events = EVENT_ENDED},
                         &attempt->id);
}

/* Starts a program in a space of its own; `attempt` is empty again when that fails. */
static int begin(struct attempt *attempt, const struct program *program)
{
    *attempt = (struct attempt){.program = program};
    int status = address_space_create(OWNER_KERNEL, &attempt->space);
    if (status != 0) {
        return status;
    }
    status = start(attempt);
    if (status != 0) {
        attempt->end.how = THREAD_KILLED;
    }
    return status;
}

/* What cannot be provoked without the processor's help ends well. */
static bool as_expected(const struct program *program, const struct thread_end *end)
{
    bool harmless = program->needs_umip && (cpu_cr4() & CPU_CR4_UMIP) == 0;
    bool good = end->vector == VECTOR_OPCODE && end->rax == GOOD;
    if (harmless || (program->vector == VECTOR_OPCODE && strcmp(program->name, "gs-base") != 0)) {
        return good;
    }
    return end->vector == program->vector && !good;
}

/* What ring 3 has in its flags when it loses the processor must not lift SMAP for whoever goes on. */
static bool flags_are_clean(void)
{
    return (cpu_flags() & CPU_FLAGS_AC) == 0 || (cpu_cr4() & CPU_CR4_SMAP) == 0;
}

/* Waits until it has ended, and gives back what it had. Whether it ended as it was to. */
static bool finish(struct attempt *attempt)
{
    bool clean = true;
    while (attempt->end.how == THREAD_LIVES) {
        thread_wait(EVENT_ENDED, GLANCE_NANOSECONDS);
        clean = clean && flags_are_clean();
    }
    address_space_destroy(&attempt->space);
    kfree(attempt->code);
    kfree(attempt->data);
    return clean && attempt->end.how == THREAD_FAULTED && as_expected(attempt->program, &attempt->end);
}

const char *drill_user(void)
{
    for (uint64_t i = 0; i < drill_program_count;) {
        struct attempt attempts[AT_ONCE];
        size_t begun = 0;
        for (; begun < AT_ONCE && i < drill_program_count; begun++, i++) {
            if (begin(&attempts[begun], &drill_programs[i]) != 0) {
                return "there is no memory for a program";
            }
        }
        for (size_t j = 0; j < begun; j++) {
            if (!finish(&attempts[j])) {
                return attempts[j].program->name;
            }
        }
    }
    return NULL;
}
