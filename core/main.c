/* The table of contents: the kernel from its first C instruction to the prompt. The file that sees all the others; what
 * core asks of mm, and mm of core, while they run stands in core/hooks.c. */
#include "core/acpi.h"
#include "core/acpi_routes.h"
#include "core/apic.h"
#include "core/clock.h"
#include "core/commands.h"
#include "core/config.h"
#include "core/console.h"
#include "core/console_input.h"
#include "core/cpu.h"
#include "core/device.h"
#include "core/drill.h"
#include "core/e820.h"
#include "core/e820_report.h"
#include "core/fpu.h"
#include "core/fwcfg.h"
#include "core/handoff.h"
#include "core/hooks.h"
#include "core/interrupt.h"
#include "core/ioapic.h"
#include "core/kheap_hooks.h"
#include "core/monitor.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "core/power.h"
#include "core/processor.h"
#include "core/screen.h"
#include "core/serial.h"
#include "core/status.h"
#include "core/thread.h"
#include "core/thread_bench.h"
#include "core/trap.h"
#include "ipc/drill_heap.h"
#include "ipc/figures_service.h"
#include "ipc/ipc_bench.h"
#include "ipc/kernel_service.h"
#include "ipc/servers.h"
#include "ipc/supervisor.h"
#include "ipc/syscall.h"
#include "ipc/user_bench.h"
#include "mm/address_space.h"
#include "mm/bench.h"
#include "mm/commands.h"
#include "mm/directmap.h"
#include "mm/heap_word.h"
#include "mm/kernel_space.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/paging.h"
#include "mm/pretend.h"
#include "mm/selfcheck.h"
#include "mm/stacks.h"
#include "servers/bench.h"

extern const uint64_t entry_timestamp;                             /* core/entry.asm */
extern const uint8_t image_servers[], image_servers_end[];         /* boot/kernel.ld */
extern const uint8_t image_server_text[], image_server_text_end[]; /* boot/kernel.ld */
extern const uint8_t image_file_bytes[];                           /* boot/kernel.ld: its address is the number */
_Noreturn void kmain(uint64_t handoff_address);

/* Too large for the kernel's stack, and kept for the monitor. */
static struct e820_list firmware;
static struct memmap map;
static struct plan plan;
static struct acpi acpi;
static struct interrupt_routes routes;
static const struct bench_figure figures_of_threads[] = {
    {"ipc_call_kernel_32", bench_ipc_call_kernel_32},
    {"ipc_call_mixed_32", bench_ipc_call_mixed_32},
    {"ipc_call_user_256", bench_ipc_call_user_256},
    {"ipc_call_user_32", bench_ipc_call_user_32},
    {"ipc_gift_4096", bench_ipc_gift_4096},
    {"ipc_notify_user", bench_ipc_notify_user},
    {"kmalloc_user_64", bench_kmalloc_user_64},
    {"shell_to_store", bench_shell_to_store},
    {"syscall_null", bench_syscall_null},
    {"interrupt_to_thread", bench_interrupt_to_thread},
    {"thread_create_exit", bench_thread_create_exit},
    {"thread_switch", bench_thread_switch},
};
static struct bench bench = {.now = cpu_timestamp,
                             .others = figures_of_threads,
                             .other_count = sizeof figures_of_threads / sizeof *figures_of_threads};
static bool is_pretended;
static struct memory_view memory = {.entries = firmware.entries, .map = &map, .plan = &plan};

bool device_is_memory(uint64_t start, uint64_t end)
{
    return memmap_has_memory(&map, (struct range){start, end});
}

static void greet(void)
{
    screen_init((void *)(uintptr_t)SCREEN_ADDR); /* the loader maps the first 2 MiB where they are */
    command_version(NULL, "", kprintf);
}

/* Images of those in ring 3, and the code and constants of those in the kernel. */
static unsigned bytes_of_servers(void)
{
    return (unsigned)((uintptr_t)image_servers_end - (uintptr_t)image_servers +
                      ((uintptr_t)image_server_text_end - (uintptr_t)image_server_text));
}

/* Checks the handoff, drops the loader's address space for our own, and returns the handoff as mapped there. */
static const struct handoff *take_over(uint64_t handoff_address, const struct processor *processor)
{
    const struct handoff *handoff = (const struct handoff *)(uintptr_t)handoff_address;
    const char *refusal = handoff_refusal(handoff, handoff_address);
    if (refusal != NULL) {
        panic("%s", refusal);
    }
    kernel_space_init(handoff->image_start, processor->phys_bits);
    processor_protect(processor);
    boot_cpu.smap = processor->features & PROCESSOR_SMAP;
    screen_move();
    handoff = kernel_space_low(handoff_address);
    kprintf("boot: %u bytes loaded, %u when unpacked, %u of them servers, from drive 0x%x, image at 0x%llx\n",
            handoff->loaded_bytes, (unsigned)(uintptr_t)image_file_bytes, bytes_of_servers(), handoff->boot_drive,
            (unsigned long long)handoff->image_start);
    return handoff;
}

/* Puts the list of the file in the place of the firmware's, but calls usable only what really is. */
static void pretend_list(const struct fwcfg_file *file, unsigned phys_bits)
{
    if (file->bytes == 0 || file->bytes % E820_RECORD_SIZE != 0 || file->bytes > sizeof firmware.entries) {
        panic("the pretended map of %u bytes is not 1 to %d records of %d bytes", file->bytes, E820_ANSWERS_MAX,
              E820_RECORD_SIZE);
    }
    memmap_build(&map, firmware.entries, firmware.count, phys_bits);
    fwcfg_read(file, firmware.entries, file->bytes);
    firmware.count = file->bytes / E820_RECORD_SIZE;
    firmware.source = MEMORY_SOURCE_E820;
    firmware.attributes_distrusted = e820_settle_attributes(firmware.entries, firmware.count);
    if (pretend_limit(firmware.entries, &firmware.count, E820_ANSWERS_MAX, &map) != 0) {
        panic("the pretended map leaves no room for what is not usable here");
    }
    is_pretended = true;
}

/* From the firmware's answers to the sanitized map. */
static void map_memory(const struct handoff *handoff, const struct processor *processor)
{
    struct fwcfg_file pretended;
    e820_read(handoff, &firmware);
    if (processor->under_hypervisor && fwcfg_find("opt/tessera/e820", &pretended)) {
        pretend_list(&pretended, processor->phys_bits);
    }
    memory.source = memory_source_name(firmware.source);
    memory.count = firmware.count;
    memmap_build(&map, firmware.entries, firmware.count, processor->phys_bits);
}

static void report_firmware_map(void)
{
    if (is_pretended) {
        kprintf("memory map: PRETENDED (fw_cfg), usable only where this machine's own is\n");
    }
    e820_report(&firmware, kprintf);
    command_map(&memory, "", kprintf);
}

static struct range whole_pages(uint64_t start, uint64_t end)
{
    return (struct range){round_down(start, BLOCK_BYTES), round_up(end, BLOCK_BYTES)};
}

/* "module NAME", for a reservation; what would need quoting becomes '_'. */
static const char *module_label(const struct handoff *handoff, uint32_t index)
{
    static const char prefix[] = "module ";
    static char labels[BOOT_MODULES_MAX][sizeof prefix + BOOT_MODULE_NAME_BYTES];
    char *to = labels[index];
    for (const char *from = prefix; *from != '\0';) {
        *to++ = *from++;
    }
    for (const char *from = handoff->modules[index].name; *from != '\0'; from++) {
        *to++ = *from < ' ' || *from > '~' || *from == '"' || *from == '\\' ? '_' : *from;
    }
    *to = '\0';
    return labels[index];
}

/* What the boot stands on, and from that and the map the plan. */
static void plan_memory(const struct handoff *handoff, unsigned page_bits)
{
    struct reservation reserved[2 + BOOT_MODULES_MAX] = {
        {"image", {handoff->image_start, handoff->image_end}},
        {"handoff", whole_pages(handoff->self, handoff->self + handoff->bytes)},
    };
    for (uint32_t i = 0; i < handoff->module_count; i++) {
        const struct boot_module *module = &handoff->modules[i];
        reserved[2 + i] = (struct reservation){module_label(handoff, i), whole_pages(module->start, module->end)};
    }
    plan_make(&plan, &(struct plan_input){.map = &map,
                                          .reserved = reserved,
                                          .reserved_count = 2 + handoff->module_count,
                                          .image = reserved[0].range,
                                          .policy = plan_policy_default(),
                                          .page_bits = page_bits});
    if (plan.verdict != PLAN_OK) {
        report_firmware_map();
        panic("no kernel heap on this memory map: %s", plan_verdict_sentence(plan.verdict));
    }
}

/* Makes memory reachable and the heap usable, and compares what runs with what was planned. */
static void start_heap(void)
{
    directmap_build(kernel_space_top(), plan.page_tables, plan.direct_map, plan.direct_map_count, plan.page_bits);
    kheap_use(&plan, DIRECT_MAP_BASE);
    uint64_t before = cpu_timestamp();
    kheap_init();
    bench.kheap_init = cpu_timestamp() - before;
    const char *difference = kheap_matches_plan(&plan);
    if (difference != NULL) {
        panic("the heap is not the one that was planned: %s", difference);
    }
    paging_use(DIRECT_MAP_BASE);
    stacks_init(kernel_space_stacks());
    address_spaces_init(kernel_space_top_entries());
}

/* What there is to say of all that, and whether the heap keeps its promises. */
static void report_memory(void)
{
    report_firmware_map();
    report_reservations(&plan, kprintf);
    report_drawing(&map, &plan, kprintf);
    report_reasons(&map, &plan, kprintf);
    command_heap(NULL, "", kprintf);
    memory_view_certify(&memory, kprintf);
    if (selfcheck_short(kprintf) != 0) {
        panic("the heap's self-check failed");
    }
}

/* For the firmware's tables, which don't lie in the direct map. `context` is the first address that cannot exist. */
static bool read_physical(void *context, uint64_t physical, void *to, size_t bytes)
{
    const uint64_t *top = context;
    if (physical >= *top || bytes > *top - physical) {
        return false;
    }
    kernel_space_read(physical, to, bytes);
    return true;
}

/* How interrupts are wired, and how the machine ends, as the firmware's tables say. */
static void read_acpi(uint64_t rsdp, unsigned phys_bits)
{
    static uint64_t top;
    top = UINT64_C(1) << (phys_bits < PHYSICAL_BITS_MAX ? phys_bits : PHYSICAL_BITS_MAX);
    acpi.memory = (struct acpi_memory){read_physical, &top};
    (void)acpi_find_root(&acpi, rsdp); /* without it there are defaults */
    power_use(&acpi);
    interrupt_routes_read(&acpi, &routes);
}

enum { MONITOR_PRIORITY = 10 };
static struct monitor monitor;
static const struct command commands[] = {
    {"map", "", "the firmware's memory map, and what it means", command_map, &memory},
    {"plan", "", "where everything lies, and why", command_plan, &memory},
    {"heap", "", "how full the kernel heap is; a shell draws it, too (plain: without colours)", command_heap, NULL},
    {"owners", "", "who holds how much of it", command_owners, NULL},
    {"classes", "", "who holds how many small objects of which size", command_classes, NULL},
    {"alloc", "N", "take N bytes (decimal or 0x...; K, M, G, T)", command_alloc, NULL},
    {"free", "ADDRESS", "give them back", command_free, NULL},
    {"check", "", "the heap's full self-check", command_check, NULL},
    {"bench", "", "what the heap's operations cost", command_bench, &bench},
    {"devices", "", "who holds which ports, registers and interrupts", command_devices, NULL},
    {"servers", "", "who serves, and what that takes", command_servers, NULL},
    {"start", "NAME", "start a server that has ended", command_start, NULL},
    {"kill", "NAME", "end a server, with all that it has", command_kill, NULL},
    {"threads", "", "what runs, and what waits", command_threads, NULL},
    {"uptime", "", "since when", command_uptime, NULL},
    {"drill", "WHAT", "try what is promised; \"drill ?\" lists what", command_drill, NULL},
    {"crash", "WHAT", "let a thread make a mistake; \"crash ?\" lists them", command_crash, NULL},
    {"version", "", "version and commit", command_version, NULL},
    {"reboot", "", "reset the machine", command_reboot, NULL},
    {"halt", "", "stop; success when no command has failed", command_halt, &monitor},
};

/* The local APIC, whose timer is measured against the reference while the rest of the boot takes place. */
static void start_clock(void)
{
    void *registers = device_map(device_take(DEVICE_MEMORY, routes.local_apic, BLOCK_BYTES, "kernel"));
    if (registers == NULL) {
        panic("there is no local APIC at 0x%llx", (unsigned long long)routes.local_apic);
    }
    apic_init(registers);
    clock_begin();
}

/* From here on interrupts have somewhere to go. */
static void start_interrupts(void)
{
    for (uint32_t i = 0; i < routes.ioapic_count; i++) {
        void *registers = device_map(device_take(DEVICE_MEMORY, routes.ioapics[i].address, BLOCK_BYTES, "kernel"));
        if (registers == NULL || !ioapic_add(registers, routes.ioapics[i].gsi_base)) {
            kprintf("interrupts: the I/O APIC at 0x%x is left alone\n", routes.ioapics[i].address);
        }
    }
    for (unsigned irq = 0; irq < ISA_INTERRUPTS; irq++) {
        const struct isa_route *route = &routes.isa[irq];
        ioapic_wire(route->gsi, route->level, route->active_low);
    }
}

static void start_threads(uint64_t kernel_space)
{
    clock_end();
    bench.boot_calibration = clock_calibration_ticks();
    fpu_init();
    syscall_init();
    boot_cpu.space = boot_cpu.kernel_space = kernel_space;
    threads_init();
}

/* Before the boot says what it has found: whoever waits for the servers waits for no line that is printed. */
static void start_servers(void)
{
    uint64_t first_instruction = 0;
    const char *wrong = servers_begin(&first_instruction);
    if (wrong != NULL) {
        report_memory();
        panic("no server: %s", wrong);
    }
    bench.boot_to_user = first_instruction - entry_timestamp - bench.boot_calibration;
}

static void monitor_thread(void *unused)
{
    (void)unused;
    while (console_input_await()) {
        monitor_run(&monitor);
    }
    kprintf("monitor: there is nothing to take commands from\n");
    power_stop(POWER_FAILURE);
}

static void start_monitor(void)
{
    thread_id id;
    monitor = (struct monitor){commands, sizeof commands / sizeof *commands, console_read_key, kprintf, 0};
    int status = kernel_service_begin(MONITOR_PRIORITY, &monitor);
    status = status == 0 ? figures_service_begin(&memory) : status;
    status = status == 0 ? supervisor_begin(&routes, drills_are_here) : status;
    if (status != 0) {
        kprintf("servers: cannot be started: %s\n", status_sentence(status));
    }
    status =
        thread_create(&(struct thread_plan){.name = "monitor", .run = monitor_thread, .priority = MONITOR_PRIORITY},
                      &id);
    if (status != 0) {
        panic("no thread for the monitor: %s", status_sentence(status));
    }
}

_Noreturn void kmain(uint64_t handoff_address)
{
    threads_begin(); /* from here on every exception is reported */
    hooks_init();
    devices_take_kernels();
    serial_init(); /* from here on a panic can speak */
    interrupt_mask_pics();
    greet();

    struct processor processor = processor_detect();
    const struct handoff *handoff = take_over(handoff_address, &processor);
    read_acpi(handoff->rsdp, processor.phys_bits);
    start_clock();
    map_memory(handoff, &processor);
    plan_memory(handoff, processor.page_bits);
    start_heap();
    start_interrupts();
    start_threads(kernel_space_top());
    start_servers();

    processor_report(processor.features, kprintf);
    interrupt_routes_report(&routes, kprintf);
    report_memory();
    console_input_start(&routes, kprintf);

    bench.boot_to_ready = cpu_timestamp() - entry_timestamp - bench.boot_calibration;
    kprintf("boot: %llu cycles from kernel entry (time stamp counter), %llu more to measure the clocks\n",
            (unsigned long long)bench.boot_to_ready, (unsigned long long)bench.boot_calibration);
    kprintf("tessera: ready\n");
    start_monitor();
    thread_idle();
}
