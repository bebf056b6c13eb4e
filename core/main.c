/* The table of contents: the kernel from its first C instruction to the prompt. The only file that sees all the
 * others, and so the one that hands core what mm knows, and mm what core can do. */
#include "core/commands.h"
#include "core/config.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/e820.h"
#include "core/e820_report.h"
#include "core/fwcfg.h"
#include "core/handoff.h"
#include "core/kheap_hooks.h"
#include "core/monitor.h"
#include "core/panic.h"
#include "core/power.h"
#include "core/processor.h"
#include "core/screen.h"
#include "core/serial.h"
#include "core/trap.h"
#include "mm/bench.h"
#include "mm/commands.h"
#include "mm/directmap.h"
#include "mm/kernel_space.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/pretend.h"
#include "mm/selfcheck.h"

extern const uint64_t entry_timestamp; /* core/entry.asm */
_Noreturn void kmain(uint64_t handoff_address);

/* Too large for the kernel's stack, and kept for the monitor. */
static struct e820_list firmware;
static struct memmap map;
static struct plan plan;
static struct bench bench = {.now = cpu_timestamp};
static struct memory_view memory = {.entries = firmware.entries, .map = &map, .plan = &plan};

static void greet(void)
{
    screen_init((void *)(uintptr_t)SCREEN_ADDR); /* the loader maps the first 2 MiB where they are */
    command_version(NULL, "", kprintf);
}

/* Checks the handoff, drops the loader's address space for our own, and returns the handoff as mapped there. */
static const struct handoff *take_over(uint64_t handoff_address)
{
    const struct handoff *handoff = (const struct handoff *)(uintptr_t)handoff_address;
    const char *refusal = handoff_refusal(handoff, handoff_address);
    if (refusal != NULL) {
        panic("%s", refusal);
    }
    kernel_space_init(handoff->image_start);
    screen_move(kernel_space_low(SCREEN_ADDR));
    handoff = kernel_space_low(handoff_address);
    kprintf("boot: %u bytes loaded from drive 0x%x, image at 0x%llx\n", handoff->loaded_bytes, handoff->boot_drive,
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
    kprintf("memory map: PRETENDED (fw_cfg), usable only where this machine's own is\n");
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
    e820_report(&firmware, kprintf);
    memmap_build(&map, firmware.entries, firmware.count, processor->phys_bits);
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
        panic("no kernel heap on this memory map: %s", plan_verdict_sentence(plan.verdict));
    }
    report_reservations(&plan, kprintf);
    report_drawing(&map, &plan, kprintf);
    report_reasons(&map, &plan, kprintf);
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
    command_heap(NULL, "", kprintf);
    memory_view_certify(&memory, kprintf);
    if (selfcheck_short(kprintf) != 0) {
        panic("the heap's self-check failed");
    }
}

static struct monitor monitor;

static const struct command commands[] = {
    {"map", "", "the firmware's memory map, and what it means", command_map, &memory},
    {"plan", "", "where everything lies, and why", command_plan, &memory},
    {"heap", "", "the kernel heap in figures", command_heap, NULL},
    {"alloc", "N", "take N bytes (decimal or 0x...; K, M, G, T)", command_alloc, NULL},
    {"free", "ADDRESS", "give them back", command_free, NULL},
    {"check", "", "the heap's full self-check", command_check, NULL},
    {"bench", "", "what the heap's operations cost", command_bench, &bench},
    {"crash", "WHAT", "provoke an exception: divide, opcode, page, stack", command_crash, NULL},
    {"version", "", "version and commit", command_version, NULL},
    {"reboot", "", "reset the machine", command_reboot, NULL},
    {"halt", "", "stop; success when no command has failed", command_halt, &monitor},
};

_Noreturn void kmain(uint64_t handoff_address)
{
    serial_init(); /* from here on a panic can speak */
    trap_mask_interrupts();
    greet();

    const struct handoff *handoff = take_over(handoff_address);
    struct processor processor = processor_detect();
    map_memory(handoff, &processor);
    plan_memory(handoff, processor.page_bits);
    start_heap();

    bench.boot_to_ready = cpu_timestamp() - entry_timestamp;
    kprintf("boot: %llu cycles from kernel entry (time stamp counter)\n", (unsigned long long)bench.boot_to_ready);
    kprintf("tessera: ready\n");
    monitor = (struct monitor){commands, sizeof commands / sizeof *commands, serial_read, kprintf, 0};
    monitor_run(&monitor);
    kprintf("monitor: there is no serial port to take commands from\n");
    power_stop(POWER_FAILURE);
}

/* Hooks of the heap (mm/heap.h, mm/kheap.h). */

/* There is one processor, and no thread yet that acts for somebody else. */
struct kheap_context kheap_boot_context = KHEAP_CONTEXT_AT_BOOT;

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    if (selfcheck_expects_quota(refusal)) {
        return;
    }
    kprintf("heap: owner 0x%x asked for %zu blocks, holds %zu and may hold %zu\n", (unsigned)refusal->owner,
            refusal->asked, refusal->held, refusal->quota);
}

void heap_refused(const struct heap_refusal *refusal)
{
    if (selfcheck_expects(refusal) || bench_expects(refusal)) {
        return;
    }
    kprintf("heap: free of 0x%llx by owner 0x%x refused: %s\n", (unsigned long long)(uintptr_t)refusal->pointer,
            (unsigned)refusal->caller, free_fault_sentence(refusal->fault));
    if (refusal->heap != NULL && refusal->run.blocks != 0) {
        kprintf("heap: it is in a %s %s of %zu blocks at 0x%llx\n", refusal->run.live ? "live" : "free",
                refusal->object_bytes != 0 ? "slab" : "run", refusal->run.blocks,
                (unsigned long long)heap_block_address(refusal->heap, refusal->run.first));
    }
    if (refusal->run.live) {
        kprintf("heap: owner 0x%x holds that\n", (unsigned)refusal->owner);
    }
}
