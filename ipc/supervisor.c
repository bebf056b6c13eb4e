#include "ipc/supervisor.h"

#include "core/lock.h"
#include "core/status.h"
#include "core/string.h"
#include "ipc/ipc.h"
#include "ipc/kernel_service.h"
#include "ipc/supervisor_state.h"
#include "mm/charge.h"
#include "mm/kheap.h"
#include "mm/paging.h"

enum {
    PRIORITY = PRIORITIES - 1,
    EVENT_ASKED = 1 << 0,
    EVENT_ENDED = 1 << 1,
};

static struct supervised *servers;
static thread_id supervisor;
static const struct interrupt_routes *routes;

/* What the kernel has of its own for a server beside its stack: table of handles and message page are small or part of a block. */
enum { RECORD_BLOCKS = 1 };

static size_t charged_blocks(const struct server_description *what)
{
    return RECORD_BLOCKS + what->stack_blocks;
}

/* Making */

static int make_handles(struct supervised *server)
{
    const struct server_description *what = server->what;
    server->handles = kmalloc_kernel(handle_table_bytes(what->may_call_count));
    if (server->handles == NULL) {
        return -ENOMEM;
    }
    handle_table_init(server->handles, what->may_call_count);
    for (uint16_t i = 0; i < what->may_call_count; i++) {
        const struct server_may_call *to = &what->may_call[i];
        struct ipc_endpoint *endpoint = to->to == SERVER_OF_KERNEL ? &kernel_endpoint : &servers[to->to].endpoint;
        const struct handle handle = {.badge = to->badge, .rights = to->rights};
        (void)handle_give(server->handles, endpoint, &endpoint->handles, &handle);
    }
    return 0;
}

static int map_device(struct supervised *server, uint16_t number)
{
    struct io_device *device = &server->io->devices[number];
    uintptr_t from = SERVER_DEVICES + (uintptr_t)number * SERVER_DEVICE_BYTES_MAX;
    uint64_t bytes = device->claim->end - device->claim->start;
    int status = bytes <= SERVER_DEVICE_BYTES_MAX ? 0 : -EINVARG;
    for (uint64_t at = 0; status == 0 && at < bytes; at += HEAP_BLOCK_SIZE) {
        status = address_space_map(&server->program.space, &(struct user_page){from + at, device->claim->start + at,
                                                                               USER_WRITE | USER_DEVICE});
    }
    device->memory = (void *)from;
    return status;
}

static struct device *claim(const struct supervised *server, const struct server_device *wanted)
{
    bool line = wanted->kind == DEVICE_INTERRUPT && wanted->start < ISA_INTERRUPTS;
    uint64_t start = line ? routes->isa[wanted->start].gsi : wanted->start;
    uint64_t lock = kernel_lock();
    struct device *claimed = device_take(wanted->kind, start, wanted->count, server->what->name);
    kernel_unlock(lock);
    return claimed;
}

static int make_devices(struct supervised *server)
{
    const struct server_description *what = server->what;
    server->io = kmalloc_kernel(sizeof *server->io + what->device_count * sizeof *server->io->devices);
    if (server->io == NULL) {
        return -ENOMEM;
    }
    server->io->count = 0;
    int status = 0;
    for (uint16_t i = 0; status == 0 && i < what->device_count; i++) {
        struct io_device *device = &server->io->devices[i];
        *device = (struct io_device){.claim = claim(server, &what->devices[i])};
        if (device->claim == NULL) {
            return -EPERM;
        }
        server->io->count++;
        if (device->claim->kind == DEVICE_MEMORY && what->mode == SERVER_USER) {
            status = map_device(server, i);
        } else {
            device->memory = device_map(device->claim);
        }
    }
    return status;
}

static int make_page(struct supervised *server)
{
    struct message *page = kzalloc(HEAP_BLOCK_SIZE);
    if (page == NULL) {
        return -ENOMEM;
    }
    int status = address_space_map(&server->program.space,
                                   &(struct user_page){SERVER_PAGE, paging_physical(page), USER_WRITE});
    status = status == 0 ? kheap_gift(page, server->owner) : status;
    if (status != 0) {
        kfree(page);
        return status;
    }
    server->page = page;
    return 0;
}

static int make_program(struct supervised *server)
{
    const struct server_description *what = server->what;
    const struct elf_file file = {what->image, (uintptr_t)what->image_end - (uintptr_t)what->image};
    struct elf_image image;
    if (elf_read(&file, &image).sentence != NULL) {
        return -EINVARG;
    }
    int status = program_load(&(struct program_plan){.image = &image,
                                                     .stack_pages = what->stack_blocks,
                                                     .owner = server->owner},
                              &server->program);
    server->loaded = status == 0;
    return status == 0 ? make_page(server) : status;
}

/* What a server in the kernel writes to is as it was when the machine started: kept aside before it runs for the first time. */
static int make_data(struct supervised *server)
{
    const struct server_description *what = server->what;
    size_t bytes = (uintptr_t)what->data_end - (uintptr_t)what->data;
    if (bytes != 0 && server->pristine == NULL) {
        server->pristine = kmalloc_kernel(bytes);
        if (server->pristine == NULL) {
            return -ENOMEM;
        }
        memcpy(server->pristine, what->data, bytes);
    }
    memcpy(what->data, server->pristine, bytes);
    memset(what->bss, 0, (uintptr_t)what->bss_end - (uintptr_t)what->bss);
    return 0;
}

static void run_in_kernel(void *context)
{
    const struct supervised *server = context;
    if (kheap_act_as(server->owner) == 0) {
        server->what->run();
    }
}

/* It does not run before the supervisor waits. */
static int make_thread(struct supervised *server)
{
    const struct server_description *what = server->what;
    bool user = what->mode == SERVER_USER;
    struct thread_plan plan = {.name = what->name,
                               .run = run_in_kernel,
                               .argument = server,
                               .priority = what->priority,
                               .stack_blocks = user ? 0 : what->stack_blocks,
                               .end = &server->end,
                               .watcher = supervisor,
                               .events = EVENT_ENDED};
    if (user) {
        plan.user_entry = server->program.entry;
        plan.user_stack = server->program.stack_top;
        plan.space = address_space_cr3(&server->program.space);
    }
    int status = thread_create(&plan, &server->thread);
    if (status == 0) {
        ipc_use_page(server->thread, server->page);
        ipc_use_handles(server->thread, server->handles);
        io_use_table(server->thread, server->io);
        status = ipc_bind(&server->endpoint, server->thread);
    }
    return status;
}

static int make(struct supervised *server)
{
    const struct server_description *what = server->what;
    int status = owner_create(what->name, what->quota_blocks, &server->owner);
    if (status != 0) {
        return status;
    }
    server->owned = true;
    status = kheap_charge(server->owner, charged_blocks(what));
    server->charged = status == 0;
    status = status == 0 ? make_handles(server) : status;
    if (status == 0) {
        status = what->mode == SERVER_USER ? make_program(server) : make_data(server);
    }
    status = status == 0 ? make_devices(server) : status;
    return status == 0 ? make_thread(server) : status;
}

/* Clearing away */

static void give_back_handles(struct handle_table *table)
{
    for (uint32_t i = 0; table != NULL && i < table->count; i++) {
        struct handle *handle = &table->slots[i];
        if (handle->rights != 0) {
            handle_take(table, handle, &handle->endpoint->handles);
        }
    }
    (void)kheap_free_of(OWNER_KERNEL, table);
}

static void give_back_devices(struct io_table *io)
{
    for (uint16_t i = 0; io != NULL && i < io->count; i++) {
        uint64_t lock = kernel_lock();
        device_release(io->devices[i].claim);
        kernel_unlock(lock);
    }
    (void)kheap_free_of(OWNER_KERNEL, io);
}

/* Whatever there is of the server goes; its thread has ended. */
static void clear(struct supervised *server)
{
    struct owner_totals owner = {.held = 0};
    if (server->owned) {
        (void)owner_totals(server->owner, &owner);
    }
    server->held = owner.held;
    give_back_devices(server->io);
    give_back_handles(server->handles);
    if (server->loaded) {
        program_unload(&server->program);
    }
    (void)kheap_free_of(server->owner, server->page);
    if (server->charged) {
        (void)kheap_discharge(server->owner, charged_blocks(server->what));
    }
    if (server->owned) {
        (void)kheap_reclaim(server->owner, &server->report);
    }
    server->io = NULL;
    server->handles = NULL;
    server->page = NULL;
    server->loaded = server->charged = server->owned = false;
    server->runs = false;
}

static void start(struct supervised *server)
{
    server->report = (struct reclaim_report){.blocks = 0};
    server->status = make(server);
    server->runs = server->status == 0;
    server->starts += server->runs;
    if (!server->runs) {
        clear(server);
    }
}

static void supervise(void *unused)
{
    (void)unused;
    for (;;) {
        for (uint16_t i = 0; i < server_count; i++) {
            struct supervised *server = &servers[i];
            if (server->runs && server->end.how != THREAD_LIVES) {
                clear(server);
                supervisor_tell_end(server);
            }
            if (server->asked) {
                server->asked = false;
                start(server);
                supervisor_tell_start(server);
            }
        }
        thread_wait(EVENT_ASKED | EVENT_ENDED, THREAD_FOREVER);
    }
}

/* Asking */

int supervisor_begin(const struct interrupt_routes *wired)
{
    routes = wired;
    servers = kcalloc(server_count, sizeof *servers);
    if (servers == NULL && server_count != 0) {
        return -ENOMEM;
    }
    for (uint16_t i = 0; i < server_count; i++) {
        servers[i] = (struct supervised){.what = &server_descriptions[i], .asked = true};
    }
    return thread_create(&(struct thread_plan){.name = "supervisor", .run = supervise, .priority = PRIORITY},
                         &supervisor);
}

static struct supervised *find(const char *name)
{
    for (uint16_t i = 0; i < server_count; i++) {
        if (strcmp(servers[i].what->name, name) == 0) {
            return &servers[i];
        }
    }
    return NULL;
}

int server_start(const char *name)
{
    struct supervised *server = find(name);
    if (server == NULL || server->runs) {
        return -EINVARG;
    }
    server->asked = true;
    thread_notify(supervisor, EVENT_ASKED);
    return server->status;
}

int server_kill(const char *name)
{
    struct supervised *server = find(name);
    return server != NULL && server->runs ? thread_kill(server->thread) : -EINVARG;
}

bool server_totals(size_t row, struct server_totals *totals)
{
    if (row >= server_count) {
        return false;
    }
    const struct supervised *server = &servers[row];
    uint64_t lock = kernel_lock();
    *totals = (struct server_totals){.what = server->what,
                                     .runs = server->runs,
                                     .starts = server->starts,
                                     .thread = server->thread,
                                     .owner = server->owner,
                                     .end = server->end,
                                     .report = server->report};
    kernel_unlock(lock);
    return true;
}
