/* What a server is made of, and how that is cleared away. */
#include "boot/layout.h"
#include "core/interrupt.h"
#include "core/lock.h"
#include "core/string.h"
#include "ipc/supervisor_state.h"
#include "mm/charge.h"
#include "mm/kheap.h"
#include "mm/paging.h"

static const char no_memory[] = "there is no memory for it";

/* What the kernel has for it that is in no block of the server's own: its stack, its tables, its floating-point registers. */
static size_t blocks_to_charge(const struct server_description *what)
{
    size_t handles = handle_table_bytes(what->may_call_count + what->handles + 1u);
    size_t tables = handles + io_table_bytes(what->device_count) + THREAD_FPU_BYTES;
    return heap_blocks_for(tables) + (what->mode == SERVER_USER ? (size_t)THREAD_STACK_BLOCKS : what->stack_blocks);
}

static const char *make_owner(struct supervised *server)
{
    const struct server_description *what = server->what;
    size_t blocks = blocks_to_charge(what);
    if (owner_create(what->name, what->quota_blocks, &server->owner) != 0) {
        return "there is no memory for an owner";
    }
    server->owned = true;
    if (kheap_charge(server->owner, blocks) != 0) {
        return "its quota is less than what the kernel needs for it";
    }
    server->charged = blocks;
    return NULL;
}

static struct ipc_endpoint *endpoint_of(const struct server_may_call *call)
{
    switch (call->to) {
    case SERVER_OF_KERNEL: return &kernel_endpoint;
    case SERVER_OF_FIGURES: return &figures_endpoint;
    default: return &supervisor_row(call->to)->endpoint;
    }
}

/* Those of the manifest first, and room for those that come in messages, and one that is on its way. */
static const char *make_handles(struct supervised *server)
{
    const struct server_description *what = server->what;
    uint32_t count = what->may_call_count + what->handles + 1u;
    server->handles = kmalloc_kernel(handle_table_bytes(count));
    if (server->handles == NULL) {
        return no_memory;
    }
    handle_table_init(server->handles, count);
    for (uint16_t i = 0; i < what->may_call_count; i++) {
        const struct server_may_call *call = &what->may_call[i];
        struct ipc_endpoint *to = endpoint_of(call);
        uint64_t lock = kernel_lock();
        (void)handle_give(server->handles, to, &to->handles,
                          &(struct handle){.badge = call->badge, .rights = (uint16_t)call->rights});
        kernel_unlock(lock);
    }
    return NULL;
}

static struct device *claim(const struct supervised *server, const struct server_device *wanted,
                            const struct interrupt_routes *routes)
{
    bool line = wanted->kind == DEVICE_INTERRUPT && wanted->start < ISA_INTERRUPTS;
    uint64_t start = line ? routes->isa[wanted->start].gsi : wanted->start;
    uint64_t lock = kernel_lock();
    struct device *claimed = device_take(wanted->kind, start, wanted->count, server->what->name);
    kernel_unlock(lock);
    return claimed;
}

/* Where the server reaches its device memory; NULL: nowhere. */
static void *map_device(struct supervised *server, struct device *claim, uint16_t number)
{
    if (server->what->mode == SERVER_KERNEL) {
        return device_map(claim);
    }
    uintptr_t from = SERVER_DEVICES + (uintptr_t)number * SERVER_DEVICE_BYTES_MAX;
    uint64_t bytes = claim->end - claim->start;
    int status = bytes <= SERVER_DEVICE_BYTES_MAX ? 0 : -EINVARG;
    for (uint64_t at = 0; status == 0 && at < bytes; at += HEAP_BLOCK_SIZE) {
        const struct user_page page = {from + at, claim->start + at, USER_WRITE | USER_DEVICE};
        status = address_space_map(&server->program.space, &page);
    }
    return status == 0 ? (void *)from : NULL;
}

static const char *make_devices(struct supervised *server, const struct interrupt_routes *routes)
{
    const struct server_description *what = server->what;
    server->io = kmalloc_kernel(io_table_bytes(what->device_count));
    if (server->io == NULL) {
        return no_memory;
    }
    server->io->count = 0;
    for (uint16_t i = 0; i < what->device_count; i++) {
        const struct server_device *wanted = &what->devices[i];
        struct io_device *device = &server->io->devices[i];
        bool memory = wanted->kind == DEVICE_MEMORY;
        if (memory && device_is_memory(wanted->start, wanted->start + wanted->count)) {
            return "what it has as device memory is the machine's own";
        }
        *device = (struct io_device){.claim = claim(server, wanted, routes)};
        if (device->claim == NULL) {
            return "somebody else has a device of it";
        }
        server->io->count++;
        device->memory = memory ? map_device(server, device->claim, i) : NULL;
        if (memory && device->memory == NULL) {
            return "its device memory cannot be mapped";
        }
    }
    return NULL;
}

static const char *make_page(struct supervised *server)
{
    int status;
    server->page = kmalloc_for(server->owner, HEAP_BLOCK_SIZE, &status);
    if (server->page == NULL) {
        return status_sentence(status);
    }
    memset(server->page, 0, HEAP_BLOCK_SIZE);
    const struct user_page page = {USER_MESSAGE_PAGE, paging_physical(server->page), USER_WRITE};
    status = address_space_map(&server->program.space, &page);
    return status == 0 ? NULL : status_sentence(status);
}

static const char *make_program(struct supervised *server)
{
    const struct server_description *what = server->what;
    const struct elf_file file = {what->image, (uintptr_t)what->image_end - (uintptr_t)what->image};
    const char *wrong = program_load_file(&file, what->stack_blocks, server->owner, &server->program);
    server->loaded = wrong == NULL;
    return wrong != NULL ? wrong : make_page(server);
}

/* What a server in the kernel writes to is as it was when the machine started: kept aside before it runs for the first time. */
static const char *make_data(struct supervised *server)
{
    const struct server_description *what = server->what;
    size_t bytes = (uintptr_t)what->data_end - (uintptr_t)what->data;
    if (bytes != 0 && server->pristine == NULL) {
        server->pristine = kmalloc_kernel(bytes);
        if (server->pristine == NULL) {
            return no_memory;
        }
        memcpy(server->pristine, what->data, bytes);
    }
    memcpy(what->data, server->pristine, bytes);
    memset(what->bss, 0, (uintptr_t)what->bss_end - (uintptr_t)what->bss);
    return NULL;
}

static void run_in_kernel(void *context)
{
    const struct server_description *what = context;
    what->run();
}

static struct thread_plan plan_of(struct supervised *server, uint64_t events)
{
    const struct server_description *what = server->what;
    struct thread_plan plan = {.name = what->name,
                               .run = run_in_kernel,
                               .argument = (void *)(uintptr_t)what,
                               .priority = what->priority,
                               .owner = server->owner,
                               .end = &server->end,
                               .watcher = thread_self(),
                               .events = events};
    if (what->mode == SERVER_USER) {
        plan.user_entry = server->program.entry;
        plan.user_stack = server->program.stack_top;
        plan.space = address_space_cr3(&server->program.space);
    } else {
        plan.stack_blocks = what->stack_blocks;
    }
    return plan;
}

static const char *make_thread(struct supervised *server, uint64_t events)
{
    const struct thread_plan plan = plan_of(server, events);
    if (thread_create(&plan, &server->thread) != 0) {
        server->thread = 0;
        return "there is no memory for a thread";
    }
    if (server->what->mode == SERVER_USER) {
        (void)ipc_use_page(server->thread, server->page);
        (void)ipc_use_window(server->thread, &server->program.space);
    }
    (void)ipc_use_handles(server->thread, server->handles);
    (void)io_use_table(server->thread, server->io);
    return ipc_bind(&server->endpoint, server->thread) == 0 ? NULL : "another one receives in its place";
}

const char *server_make(struct supervised *server, const struct interrupt_routes *routes, uint64_t events)
{
    const char *wrong = make_owner(server);
    wrong = wrong == NULL ? make_handles(server) : wrong;
    if (wrong == NULL) {
        wrong = server->what->mode == SERVER_USER ? make_program(server) : make_data(server);
    }
    wrong = wrong == NULL ? make_devices(server, routes) : wrong;
    return wrong == NULL ? make_thread(server, events) : wrong;
}

static void give_back_devices(struct io_table *io)
{
    for (uint16_t i = 0; io != NULL && i < io->count; i++) {
        struct device *claim = io->devices[i].claim;
        uint64_t lock = kernel_lock();
        if (claim->kind == DEVICE_INTERRUPT) {
            interrupt_detach((unsigned)claim->start);
        }
        device_release(claim);
        kernel_unlock(lock);
    }
    (void)kheap_free_of(OWNER_KERNEL, io);
}

static void give_back_handles(struct handle_table *handles)
{
    if (handles != NULL) {
        ipc_close_all(handles);
        (void)kheap_free_of(OWNER_KERNEL, handles);
    }
}

/* Its owner last: what is left then is what the server had not freed. */
static void give_back_memory(struct supervised *server)
{
    if (!server->owned) {
        return;
    }
    server->held = owner_blocks(server->owner);
    (void)kheap_free_of(server->owner, server->page);
    if (server->loaded) {
        program_unload(&server->program);
    }
    (void)kheap_discharge(server->owner, server->charged);
    (void)kheap_reclaim(server->owner, &server->report);
}

void server_clear(struct supervised *server)
{
    if (server->thread != 0 && server->end.how == THREAD_LIVES) {
        (void)thread_kill(server->thread);
    }
    give_back_devices(server->io);
    give_back_handles(server->handles);
    give_back_memory(server);
    server->io = NULL;
    server->handles = NULL;
    server->page = NULL;
    server->thread = 0;
    server->charged = 0;
    server->loaded = server->owned = server->runs = false;
}
