/* Tells who holds memory, and remembers who held how much. */
#include "servers/memory/messages.h"

#include "manifest.h"
#include "servers/library/figures.h"
#include "servers/library/server.h"

/* What an owner had. */
struct mark {
    uint64_t number;
    char name[MEMORY_NAME_BYTES];
    uint64_t runs, objects;
};

struct memory {
    struct mark *marks; /* of all owners; NULL: there is no mark */
    size_t count;
};

/* Owners */

/* The first one from that slot on: 0, or -EINVARG, there are no more. */
static int next_owner(uint64_t slot, struct figures_of_owner *owner)
{
    union figures_owner it = {.ask.slot = slot};
    int status = figures_owner(FIGURES_HANDLE, &it);
    if (status == 0) {
        *owner = it.answer.is;
    }
    return status;
}

static int find_owner(const char *name, struct figures_of_owner *owner)
{
    uint64_t slot = 0;
    int status = name[MEMORY_NAME_BYTES - 1] == '\0' ? 0 : -EINVARG;
    while (status == 0 && (status = next_owner(slot, owner)) == 0 && __builtin_strcmp(owner->name, name) != 0) {
        slot = owner->slot + 1;
    }
    return status;
}

static int on_memory_totals(struct memory *memory, union memory_totals *it)
{
    union figures_totals figures;
    (void)memory;
    int status = figures_totals(FIGURES_HANDLE, &figures);
    if (status == 0) {
        it->answer.is = figures.answer.is;
    }
    return status;
}

static int on_memory_owner(struct memory *memory, union memory_owner *it)
{
    struct figures_of_owner owner;
    (void)memory;
    int status = find_owner(it->ask.name, &owner);
    if (status == 0) {
        it->answer.is = owner;
    }
    return status;
}

static int on_memory_quota(struct memory *memory, union memory_quota *it)
{
    struct figures_of_owner owner;
    (void)memory;
    int status = find_owner(it->ask.name, &owner);
    if (status == 0) {
        it->answer.blocks = owner.quota;
    }
    return status;
}

static int on_memory_class(struct memory *memory, union memory_class *it)
{
    struct figures_of_owner owner;
    (void)memory;
    int status = find_owner(it->ask.name, &owner);
    if (status != 0) {
        return status;
    }
    union figures_class figures = {.ask = {owner.slot, it->ask.class}};
    status = figures_class(FIGURES_HANDLE, &figures);
    if (status == 0) {
        it->answer.is = figures.answer.is;
    }
    return status;
}

/* Where it is */

static int on_memory_picture(struct memory *memory, union memory_picture *it)
{
    union figures_picture figures = {.ask = {it->ask.cell, it->ask.cells}};
    (void)memory;
    int status = figures_picture(FIGURES_HANDLE, &figures);
    if (status == 0) {
        it->answer.is = figures.answer.is;
    }
    return status;
}

static int on_memory_map(struct memory *memory, union memory_map *it)
{
    union figures_map figures = {.ask.number = it->ask.number};
    (void)memory;
    int status = figures_map(FIGURES_HANDLE, &figures);
    if (status == 0) {
        it->answer.is = figures.answer.is;
    }
    return status;
}

static int on_memory_plan(struct memory *memory, union memory_plan *it)
{
    union figures_plan figures = {.ask.number = it->ask.number};
    (void)memory;
    int status = figures_plan(FIGURES_HANDLE, &figures);
    if (status == 0) {
        it->answer.is = figures.answer.is;
    }
    return status;
}

/* Leaks */

static size_t count_owners(void)
{
    struct figures_of_owner owner;
    size_t count = 0;
    for (uint64_t slot = 0; next_owner(slot, &owner) == 0; slot = owner.slot + 1) {
        count++;
    }
    return count;
}

static size_t take_marks(struct mark *marks, size_t most)
{
    struct figures_of_owner owner;
    size_t count = 0;
    for (uint64_t slot = 0; count < most && next_owner(slot, &owner) == 0; slot = owner.slot + 1) {
        struct mark *mark = &marks[count++];
        mark->number = owner.number;
        mark->runs = owner.runs;
        mark->objects = owner.objects;
        __builtin_memcpy(mark->name, owner.name, MEMORY_NAME_BYTES);
    }
    return count;
}

/* Room is taken, and given back, before it looks: the mark is part of what it itself has. */
static int on_memory_mark(struct memory *memory, union memory_mark *it)
{
    size_t owners = count_owners();
    struct mark *marks = kcalloc(owners, sizeof *marks);
    (void)it;
    if (marks == NULL) {
        return -EQUOTA;
    }
    kfree(memory->marks);
    memory->marks = marks;
    memory->count = take_marks(marks, owners);
    return 0;
}

static int on_memory_forget(struct memory *memory, union memory_forget *it)
{
    (void)it;
    kfree(memory->marks);
    *memory = (struct memory){.marks = NULL};
    return 0;
}

/* What it is compared with: itself, a namesake, or nothing. */
static struct mark mark_of(const struct memory *memory, const struct figures_of_owner *owner)
{
    struct mark found = {.runs = 0};
    for (size_t i = 0; i < memory->count; i++) {
        const struct mark *mark = &memory->marks[i];
        if (mark->number == owner->number) {
            return *mark;
        }
        if (__builtin_strcmp(mark->name, owner->name) == 0) {
            found = *mark;
        }
    }
    return found;
}

static uint64_t more(uint64_t now, uint64_t then)
{
    return now > then ? now - then : 0;
}

static int on_memory_grown(struct memory *memory, union memory_grown *it)
{
    uint64_t number = it->ask.number;
    struct figures_of_owner owner;
    int status = memory->marks != NULL ? 0 : -EINVARG;
    for (uint64_t slot = 0; status == 0 && (status = next_owner(slot, &owner)) == 0; slot = owner.slot + 1) {
        struct mark mark = mark_of(memory, &owner);
        uint64_t runs = more(owner.runs, mark.runs), objects = more(owner.objects, mark.objects);
        bool has_grown = (runs != 0 || objects != 0) && owner.slot != FIGURES_SLOT_OF_HEAP;
        if (has_grown && number-- == 0) {
            it->answer.runs = runs;
            it->answer.objects = objects;
            __builtin_memcpy(it->answer.name, owner.name, MEMORY_NAME_BYTES);
            return 0;
        }
    }
    return status;
}

MESSAGE_HANDLER(handle, struct memory, MEMORY_MESSAGES)

void server_run(void)
{
    struct memory memory = {.marks = NULL};
    server_loop(&(struct server){.handle = handle, .state = &memory, .patience = IPC_FOREVER});
}
