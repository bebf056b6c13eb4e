#include "ipc/drill_user.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/cpu.h"
#include "core/string.h"
#include "core/thread.h"
#include "ipc/trial.h"

enum {
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
    struct trial trial;
};

/* What ring 3 has in its flags when it loses the processor must not lift SMAP for whoever goes on. */
static bool flags_are_clean(void)
{
    return (cpu_flags() & CPU_FLAGS_AC) == 0 || (cpu_cr4() & CPU_CR4_SMAP) == 0;
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

/* Waits until it has ended, and gives back what it had. Whether it ended as it was to. */
static bool finish(struct attempt *attempt)
{
    struct thread_end *end = &attempt->trial.end;
    bool clean = true;
    while (end->how == THREAD_LIVES) {
        thread_wait(EVENT_ENDED, GLANCE_NANOSECONDS);
        clean = clean && flags_are_clean();
    }
    trial_end(&attempt->trial);
    return clean && end->how == THREAD_FAULTED && as_expected(attempt->program, end);
}

/* How many of the programs from `first` on were started. */
static size_t begin(struct attempt attempts[AT_ONCE], uint64_t first)
{
    size_t begun = 0;
    for (; begun < AT_ONCE && first + begun < drill_program_count; begun++) {
        struct attempt *attempt = &attempts[begun];
        const struct program *program = attempt->program = &drill_programs[first + begun];
        const struct trial_plan plan = {.name = program->name,
                                        .start = program->start,
                                        .end = program->end,
                                        .priority = PRIORITY};
        if (trial_begin(&attempt->trial, &plan, EVENT_ENDED) != 0) {
            trial_end(&attempt->trial);
            break;
        }
    }
    return begun;
}

const char *drill_user(void)
{
    for (uint64_t i = 0; i < drill_program_count;) {
        struct attempt attempts[AT_ONCE];
        const char *wrong = NULL;
        size_t begun = begin(attempts, i);
        for (size_t j = 0; j < begun; j++) {
            wrong = finish(&attempts[j]) ? wrong : attempts[j].program->name;
        }
        if (wrong != NULL || begun == 0) {
            return wrong != NULL ? wrong : "there is no memory for a program";
        }
        i += begun;
    }
    return NULL;
}
