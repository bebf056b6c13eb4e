/* A server image out of the kernel's own image, from its file to its end in ring 3. */
#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"
#include "core/thread.h"
#include "ipc/drill_user.h"
#include "ipc/elf.h"
#include "ipc/program.h"
#include "mm/owner.h"

enum {
    VECTOR_OPCODE = 6,
    GOOD = 0x600D, /* servers/drill.c */
    PRIORITY = 9,
    STACK_PAGES = 2,
    QUOTA = 64,
    TIMES = 3,
    EVENT_ENDED = 1,
};

/* servers/images.asm */
extern const uint8_t drill_image[], drill_image_end[];

static const char *run(const struct program *program)
{
    struct thread_end end = {.how = THREAD_LIVES};
    thread_id id;
    if (thread_create(&(struct thread_plan){.name = "program",
                                            .priority = PRIORITY,
                                            .user_entry = program->entry,
                                            .user_stack = program->stack_top,
                                            .space = address_space_cr3(&program->space),
                                            .end = &end,
                                            .watcher = thread_self(),
                                            .events = EVENT_ENDED},
                      &id) != 0) {
        return "there is no memory for a thread";
    }
    while (end.how == THREAD_LIVES) {
        thread_wait(EVENT_ENDED, THREAD_FOREVER); /* or what an earlier drill has left */
    }
    bool good = end.how == THREAD_FAULTED && end.vector == VECTOR_OPCODE && end.rax == GOOD;
    return good ? NULL : "the program did not end well";
}

/* Again and again: what one left in memory must not reach the next. */
static const char *load_and_run(const struct elf_image *image, owner_t owner)
{
    const struct program_plan plan = {.image = image, .stack_pages = STACK_PAGES, .owner = owner};
    const char *wrong = NULL;
    for (int i = 0; wrong == NULL && i < TIMES; i++) {
        struct program program;
        if (program_load(&plan, &program) != 0) {
            return "the program could not be loaded";
        }
        wrong = run(&program);
        program_unload(&program);
    }
    return wrong;
}

const char *drill_program(void)
{
    const struct elf_file file = {drill_image, (uintptr_t)drill_image_end - (uintptr_t)drill_image};
    struct elf_image image;
    const struct elf_refusal refusal = elf_read(&file, &image);
    if (refusal.sentence != NULL) {
        return refusal.sentence;
    }
    owner_t owner;
    if (owner_create("program", QUOTA, &owner) != 0) {
        return "there is no memory for an owner";
    }
    const char *wrong = load_and_run(&image, owner);
    struct reclaim_report report;
    bool ended = kheap_reclaim(owner, &report) == 0;
    return wrong != NULL                                         ? wrong
           : !ended || report.blocks != 0 || report.charged != 0 ? "a program left something behind"
                                                                 : NULL;
}
