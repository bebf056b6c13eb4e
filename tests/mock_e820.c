#include "tests/mock_e820.h"

#include <string.h>

#include "tests/plan_check.h"

enum {
    MOCK_IMAGE_BYTES = 256 * 1024,
    STALE_ATTRIBUTES = 0xA5A5A5A4 /* bit 0 clear: whoever reads it loses memory */
};

void mock_start(struct mock *mock)
{
    memset(mock, 0xA5, sizeof *mock);
    memset(&mock->handoff, 0, offsetof(struct handoff, answers));
    mock->handoff.magic = HANDOFF_MAGIC;
    mock->handoff.version = HANDOFF_VERSION;
    mock->handoff.bytes = sizeof(struct handoff);
    mock->handoff.source = HANDOFF_FROM_BIOS;
    mock->handoff.self = HANDOFF_ADDR;
    mock->handoff.e801.carry = 1;
    mock->handoff.ext88.carry = 1;
    mock->phys_bits = PHYSICAL_BITS_MAX;
    mock->page_bits = 21;
    mock_image(mock, IMAGE_PREFERRED_ADDR, IMAGE_PREFERRED_ADDR + MOCK_IMAGE_BYTES);
}

void mock_image(struct mock *mock, uint64_t start, uint64_t end)
{
    mock->image = (struct range){start, end};
    mock->handoff.image_start = start;
    mock->handoff.image_end = end;
}

void mock_answer(struct mock *mock, const struct mock_answer *answer)
{
    struct handoff *handoff = &mock->handoff;
    assert_in_range(handoff->e820_stored, 0, E820_ANSWERS_MAX - 1);
    struct e820_answer *raw = &handoff->answers[handoff->e820_stored++];
    uint32_t bytes = answer->bytes != 0 ? answer->bytes : E820_RECORD_SIZE_MIN;
    bool stale = bytes < E820_RECORD_SIZE && answer->attributes == 0;
    raw->record =
        (MemoryMapEntry){answer->base, answer->length, answer->type, stale ? STALE_ATTRIBUTES : answer->attributes};
    raw->eax = answer->lost_signature ? 0 : E820_SIGNATURE;
    raw->ecx = bytes;
    raw->carry = answer->carry;
    raw->ebx = answer->last ? 0 : handoff->e820_stored;
    handoff->e820_asked++;
    handoff->e820_ended = answer->carry            ? E820_ENDED_BY_CARRY
                          : answer->lost_signature ? E820_ENDED_BY_SIGNATURE
                          : answer->last           ? E820_ENDED_BY_EBX
                                                   : E820_ENDED_BY_LIMIT;
}

void mock_map(struct mock *mock, const struct mock_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        MOCK_ANSWER(mock, .base = entries[i].base, .length = entries[i].length, .type = entries[i].type,
                    .last = i + 1 == count);
    }
}

void mock_e801(struct mock *mock, uint16_t ax, uint16_t bx, uint16_t cx, uint16_t dx)
{
    mock->handoff.e801 = (struct e801_answer){.carry = 0, .ax = ax, .bx = bx, .cx = cx, .dx = dx};
}

void mock_88(struct mock *mock, uint32_t ax)
{
    mock->handoff.ext88 = (struct ext88_answer){.carry = 0, .ax = ax};
}

void mock_detect(struct mock *mock)
{
    e820_read(&mock->handoff, &mock->list);
    memmap_build(&mock->map, mock->list.entries, mock->list.count, mock->phys_bits);
}

void mock_plan(struct mock *mock)
{
    mock_detect(mock);
    mock->reserved[0] = (struct reservation){"image", mock->image};
    mock->reserved[1] = (struct reservation){"handoff", {HANDOFF_ADDR, HANDOFF_ADDR + sizeof(struct handoff)}};
    mock->input = (struct plan_input){
        .map = &mock->map,
        .reserved = mock->reserved,
        .reserved_count = 2,
        .image = mock->image,
        .policy = plan_policy_default(),
        .page_bits = mock->page_bits,
    };
    plan_make(&mock->plan, &mock->input);
    const char *broken = plan_check(&mock->plan, &mock->input);
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
}

static void fail_range(const struct range *found, const struct range *expected, const char *file, int line)
{
    if (found != NULL) {
        print_error("found    {0x%llx, 0x%llx}\n", (unsigned long long)found->start, (unsigned long long)found->end);
    }
    if (expected != NULL) {
        print_error("expected {0x%llx, 0x%llx}\n", (unsigned long long)expected->start,
                    (unsigned long long)expected->end);
    }
    _fail(file, line);
}

void mock_assert_usable(const struct mock *mock, const struct range *expected, size_t count, const char *file,
                        int line)
{
    size_t next = 0;
    for (size_t i = 0; i < mock->map.count; i++) {
        const struct range *found = &mock->map.ranges[i].range;
        if (mock->map.ranges[i].type != MEMORY_USABLE) {
            continue;
        }
        if (next == count || found->start != expected[next].start || found->end != expected[next].end) {
            fail_range(found, next < count ? &expected[next] : NULL, file, line);
        }
        next++;
    }
    if (next != count) {
        fail_range(NULL, &expected[next], file, line);
    }
}
