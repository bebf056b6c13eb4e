#include "tests/dry_boot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/plan_check.h"

enum { FIRMWARE_GARBAGE = 0xA5, PAGE = 4096 };

static const char *const module_names[BOOT_MODULES_MAX] = {"module a", "module b", "module c", "module d",
                                                           "module e", "module f", "module g", "module h"};

struct machine machine_usual(void)
{
    struct range image = {IMAGE_PREFERRED_ADDR, IMAGE_PREFERRED_ADDR + 384 * 1024};
    return (struct machine){.phys_bits = 46, .page_bits = 21, .image = image};
}

static void answer(struct handoff *handoff, const struct firmware_entry *entry, uint32_t continuation)
{
    struct e820_answer *a = &handoff->answers[handoff->e820_stored++];
    a->record = (MemoryMapEntry){entry->base, entry->length, entry->type, entry->attributes};
    a->eax = E820_SIGNATURE;
    a->ecx = entry->size;
    a->ebx = continuation;
    a->carry = 0;
}

/* The loader's record of a firmware that gives just this list, and knows no other call. */
static void record(struct handoff *handoff, const struct firmware_map *map, const struct machine *machine)
{
    handoff->magic = HANDOFF_MAGIC;
    handoff->version = HANDOFF_VERSION;
    handoff->bytes = sizeof *handoff;
    handoff->source = HANDOFF_FROM_BIOS;
    handoff->self = HANDOFF_ADDR;
    handoff->image_start = machine->image.start;
    handoff->image_end = machine->image.end;
    handoff->e820_stored = 0;
    handoff->e820_replaced = 0;
    handoff->e820_lost = 0;
    handoff->e801 = (struct e801_answer){.carry = 1};
    handoff->ext88 = (struct ext88_answer){.carry = 1};

    bool carry = machine->ended_by_carry || map->count == 0;
    for (size_t i = 0; i < map->count; i++) {
        answer(handoff, &map->entries[i], i + 1 < map->count || carry ? (uint32_t)i + 1 : 0);
    }
    if (carry) { /* the rest of that answer is left over from before, and looks as good as any */
        static const struct firmware_entry left_over = {0, UINT64_C(1) << 40, 1, E820_RECORD_SIZE, 1};
        answer(handoff, &left_over, 1);
        handoff->answers[handoff->e820_stored - 1].carry = 1;
    }
    handoff->e820_asked = handoff->e820_stored;
    handoff->e820_ended = carry ? E820_ENDED_BY_CARRY : E820_ENDED_BY_EBX;
}

static size_t reserve(struct reservation *reserved, const struct machine *machine)
{
    uint64_t handoff_end = (HANDOFF_ADDR + sizeof(struct handoff) + PAGE - 1) / PAGE * PAGE;
    size_t count = 0;
    reserved[count++] = (struct reservation){"handoff", {HANDOFF_ADDR, handoff_end}};
    reserved[count++] = (struct reservation){"image", machine->image};
    for (uint32_t i = 0; i < machine->module_count; i++) {
        reserved[count++] = (struct reservation){module_names[i], machine->modules[i]};
    }
    return count;
}

void dry_boot(struct dry_boot *boot, const struct firmware_map *map, const struct machine *machine)
{
    memset(boot, FIRMWARE_GARBAGE, sizeof *boot);
    record(&boot->handoff, map, machine);
    e820_read(&boot->handoff, &boot->list);
    memmap_build(&boot->map, boot->list.entries, boot->list.count, machine->phys_bits);

    boot->input.map = &boot->map;
    boot->input.reserved = boot->reserved;
    boot->input.reserved_count = reserve(boot->reserved, machine);
    boot->input.image = machine->image;
    boot->input.policy = plan_policy_default();
    boot->input.page_bits = machine->page_bits;
    if (machine->region_blocks_max != 0) {
        boot->input.policy.region_blocks_max = machine->region_blocks_max;
    }
    plan_make(&boot->plan, &boot->input);
}

const char *dry_boot_judge(struct dry_boot *boot, const struct firmware_map *map, const struct machine *machine)
{
    static struct oracle oracle;
    dry_boot(boot, map, machine);
    oracle_read(&oracle, map, machine->phys_bits);
    const char *fault = oracle_difference(&oracle, &boot->map);
    return fault != NULL ? fault : plan_check(&boot->plan, &boot->input);
}

void firmware_map_copy(struct firmware_map *map, const struct known_map *known)
{
    map->count = known->count;
    for (size_t i = 0; i < known->count; i++) {
        map->entries[i] = known->entries[i];
    }
}

void firmware_map_print(const struct firmware_map *map)
{
    printf("tessera-map: source e820\n");
    for (size_t i = 0; i < map->count; i++) {
        const struct firmware_entry *entry = &map->entries[i];
        if (entry->size < E820_RECORD_SIZE_MIN) { /* the kernel does not count it as a record either */
            continue;
        }
        printf("tessera-map: 0x%016" PRIx64 " 0x%016" PRIx64 " %" PRIu32, entry->base, entry->length, entry->type);
        if (entry->size >= E820_RECORD_SIZE && entry->attributes != 1) {
            printf(" attr=0x%" PRIx32, entry->attributes);
        }
        printf("\n");
    }
    fflush(stdout);
}
