#include "ipc/program.h"

#include <stdbool.h>

#include "core/status.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/paging.h"

static bool has_room(const struct program_plan *plan)
{
    return plan->stack_pages >= 1 && plan->stack_pages <= PROGRAM_STACK_PAGES_MAX &&
           plan->image->end <= PROGRAM_END &&
           (PROGRAM_END - plan->image->end) / ELF_PAGE_BYTES >= PROGRAM_GUARD_PAGES + plan->stack_pages;
}

static int map(struct address_space *space, uintptr_t virtual, const uint8_t *memory, unsigned rights, size_t pages)
{
    return address_space_map_pages(space, &(struct user_page){virtual, paging_physical(memory), rights}, pages);
}

static int fill(const struct program_plan *plan, struct program *program)
{
    uint8_t *memory = program->memory;
    int status = 0;
    for (size_t i = 0; status == 0 && i < plan->image->count; i++) {
        const struct elf_segment *segment = &plan->image->segments[i];
        uintptr_t within = segment->start % ELF_PAGE_BYTES;
        __builtin_memcpy(memory + within, segment->bytes, segment->file_bytes);
        status = map(&program->space, segment->start - within, memory, segment->rights, segment->pages);
        memory += segment->pages * ELF_PAGE_BYTES;
    }
    uintptr_t bottom = program->stack_top - plan->stack_pages * ELF_PAGE_BYTES;
    return status == 0 ? map(&program->space, bottom, memory, USER_WRITE, plan->stack_pages) : status;
}

/* The memory is the kernel's until all is in place, so that nobody can end its owner while it is written to. */
static int build(const struct program_plan *plan, struct program *program)
{
    program->memory = kzalloc((plan->image->pages + plan->stack_pages) * ELF_PAGE_BYTES);
    if (program->memory == NULL) {
        return -ENOMEM;
    }
    int status = fill(plan, program);
    return status == 0 ? kheap_gift(program->memory, plan->owner) : status;
}

int program_load(const struct program_plan *plan, struct program *program)
{
    if (!has_room(plan)) {
        return -EINVARG;
    }
    *program =
        (struct program){.owner = OWNER_KERNEL,
                         .entry = plan->image->entry,
                         .stack_top = plan->image->end + (PROGRAM_GUARD_PAGES + plan->stack_pages) * ELF_PAGE_BYTES};
    int status = address_space_create(plan->owner, &program->space);
    if (status != 0) {
        return status;
    }
    status = build(plan, program);
    if (status != 0) {
        program_unload(program);
        return status;
    }
    program->owner = plan->owner;
    return 0;
}

const char *program_load_file(const struct elf_file *file, size_t stack_pages, owner_t owner, struct program *program)
{
    struct elf_image image;
    const struct elf_refusal refusal = elf_read(file, &image);
    if (refusal.sentence != NULL) {
        return refusal.sentence;
    }
    const struct program_plan plan = {.image = &image, .stack_pages = stack_pages, .owner = owner};
    return program_load(&plan, program) == 0 ? NULL : "the program could not be loaded";
}

void program_unload(struct program *program)
{
    (void)address_space_destroy(&program->space);
    (void)kheap_free_of(program->owner, program->memory);
}
