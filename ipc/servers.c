#include "ipc/servers.h"

#include <stddef.h>

#include "core/thread.h"
#include "ipc/elf.h"
#include "ipc/program.h"
#include "mm/owner.h"

enum { PRIORITY = 12, STACK_PAGES = 1, QUOTA = 16 };

/* servers/images.asm */
extern const uint8_t init_image[], init_image_end[];

/* The boot's thread is the idle one: it goes on when the program has ended. */
static const char *run(const struct program *program, uint64_t *first_instruction)
{
    static struct thread_end end;
    thread_id id;
    if (thread_create(&(struct thread_plan){.name = "init",
                                            .priority = PRIORITY,
                                            .user_entry = program->entry,
                                            .user_stack = program->stack_top,
                                            .space = address_space_cr3(&program->space),
                                            .end = &end},
                      &id) != 0) {
        return "there is no memory for a thread";
    }
    thread_yield();
    *first_instruction = end.rax;
    return end.how == THREAD_EXITED ? NULL : "the server `init` did not end well";
}

static const char *load_and_run(owner_t owner, uint64_t *first_instruction)
{
    const struct elf_file file = {init_image, (uintptr_t)init_image_end - (uintptr_t)init_image};
    struct program program;
    const char *wrong = program_load_file(&file, STACK_PAGES, owner, &program);
    if (wrong == NULL) {
        wrong = run(&program, first_instruction);
        program_unload(&program);
    }
    return wrong;
}

const char *servers_begin(uint64_t *first_instruction)
{
    owner_t owner;
    if (owner_create("init", QUOTA, &owner) != 0) {
        return "there is no memory for an owner";
    }
    const char *wrong = load_and_run(owner, first_instruction);
    struct reclaim_report report;
    (void)kheap_reclaim(owner, &report);
    return wrong;
}
