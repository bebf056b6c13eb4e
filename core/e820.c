#include "core/e820.h"

enum {
    ATTRIBUTE_VALID = 1 << 0, /* ACPI 6.5, table 15.5 */
    ATTRIBUTE_NON_VOLATILE = 1 << 1,

    KIB = 1024,
    MIB = 1024 * KIB,
    E801_UNIT = 64 * KIB,      /* of the upper field                                 */
    E801_LOW_KIB = 15 * 1024,  /* 1 to 16 MiB, the most that the lower field can say */
    E801_HIGH_INSANE = 0xFF00, /* 16 MiB and this many units are 4 GiB: device space */
    EXT88_INVALID = 0x80,      /* AH of a refused AH=88h call                        */
    EXT88_UNSUPPORTED = 0x86,
};

static void add_entry(struct e820_list *list, const MemoryMapEntry *entry, uint32_t attributes)
{
    MemoryMapEntry *to = &list->entries[list->count++];
    to->base = entry->base;
    to->length = entry->length;
    to->type = entry->type;
    to->attributes = attributes;
}

static void add_usable(struct e820_list *list, uint64_t base, uint64_t length)
{
    MemoryMapEntry entry = {base, length, E820_USABLE, 0};
    if (length != 0) {
        add_entry(list, &entry, ATTRIBUTE_VALID);
    }
}

static void add_answer(struct e820_list *list, const struct e820_answer *answer)
{
    if (answer->ecx < E820_RECORD_SIZE_MIN) {
        list->short_answers++;
    } else if (answer->ecx < E820_RECORD_SIZE) {
        add_entry(list, &answer->record, ATTRIBUTE_VALID); /* the word in the buffer is not the firmware's */
    } else {
        list->long_answers++;
        add_entry(list, &answer->record, answer->record.attributes);
    }
}

/* Takes the answers up to the end of the list; returns what ended it. Carry comes before the signature: the call
 * that fails after the last entry need not return one. Once the loader has replaced answers they are out of
 * order, and EBX=0 may stand anywhere. */
static uint32_t take_answers(struct e820_list *list, const struct handoff *handoff)
{
    uint32_t stored = handoff->e820_stored < E820_ANSWERS_MAX ? handoff->e820_stored : E820_ANSWERS_MAX;
    for (uint32_t i = 0; i < stored; i++) {
        const struct e820_answer *answer = &handoff->answers[i];
        if (answer->carry != 0) {
            return E820_ENDED_BY_CARRY;
        }
        if (answer->eax != E820_SIGNATURE) {
            return E820_ENDED_BY_SIGNATURE;
        }
        add_answer(list, answer);
        if (answer->ebx == 0 && handoff->e820_replaced == 0) {
            return E820_ENDED_BY_EBX;
        }
    }
    return handoff->e820_ended;
}

/* The pair that the firmware filled; CX/DX, what is configured, where both are. Refuses a lower field beyond
 * 16 MiB and an upper one that claims all of 4 GiB. A lower field short of 15 MiB leaves a hole before 16 MiB. */
static bool take_e801(struct e820_list *list, const struct e801_answer *answer)
{
    bool configured = answer->cx != 0 || answer->dx != 0;
    uint32_t low_kib = configured ? answer->cx : answer->ax;
    uint32_t high = configured ? answer->dx : answer->bx;
    if (answer->carry != 0 || low_kib > E801_LOW_KIB || high >= E801_HIGH_INSANE) {
        return false;
    }
    add_usable(list, MIB, (uint64_t)low_kib * KIB);
    add_usable(list, 16 * MIB, (uint64_t)high * E801_UNIT);
    return list->count != 0;
}

/* Some firmwares leave carry as it was, so it counts only beside the error codes. */
static bool take_88(struct e820_list *list, const struct ext88_answer *answer)
{
    uint32_t kib = answer->ax & 0xFFFF;
    uint32_t code = kib >> 8;
    if (answer->carry != 0 && (code == EXT88_INVALID || code == EXT88_UNSUPPORTED)) {
        return false;
    }
    add_usable(list, MIB, (uint64_t)kib * KIB);
    return list->count != 0;
}

/* The list so far is kept when no older call tells anything. Returns whether it was replaced. */
static bool take_fallback(struct e820_list *list, const struct handoff *handoff)
{
    uint32_t kept = list->count;
    list->count = 0; /* a refused call writes nothing, so the entries stay */
    if (take_e801(list, &handoff->e801)) {
        list->source = MEMORY_SOURCE_E801;
    } else if (take_88(list, &handoff->ext88)) {
        list->source = MEMORY_SOURCE_88H;
    } else {
        list->count = kept;
        return false;
    }
    return true;
}

static bool gives_memory(const MemoryMapEntry *entry, uint32_t attributes)
{
    uint32_t counts = attributes & (ATTRIBUTE_VALID | ATTRIBUTE_NON_VOLATILE);
    return entry->type == E820_USABLE && entry->length != 0 && counts == ATTRIBUTE_VALID;
}

bool e820_settle_attributes(MemoryMapEntry *entries, uint32_t count)
{
    bool would_give = false;
    for (uint32_t i = 0; i < count; i++) {
        if (gives_memory(&entries[i], entries[i].attributes)) {
            return false;
        }
        would_give |= gives_memory(&entries[i], entries[i].attributes | ATTRIBUTE_VALID);
    }
    for (uint32_t i = 0; would_give && i < count; i++) {
        entries[i].attributes |= ATTRIBUTE_VALID;
    }
    return would_give;
}

void e820_read(const struct handoff *handoff, struct e820_list *list)
{
    list->count = 0;
    list->short_answers = 0;
    list->long_answers = 0;
    list->asked = handoff->e820_asked;
    list->replaced = handoff->e820_replaced;
    list->lost = handoff->e820_lost;
    list->ended = take_answers(list, handoff);

    bool heard = list->count != 0;
    bool trusted = heard && list->ended != E820_ENDED_BY_SIGNATURE;
    list->source = heard ? MEMORY_SOURCE_E820 : MEMORY_SOURCE_NONE;
    bool replaced = !trusted && take_fallback(list, handoff);
    list->discarded = heard && replaced;
    list->partial = heard && !trusted && !replaced;
    list->attributes_distrusted = e820_settle_attributes(list->entries, list->count);
}

const char *memory_source_name(enum memory_source source)
{
    switch (source) {
    case MEMORY_SOURCE_E820: return "e820";
    case MEMORY_SOURCE_E801: return "e801";
    case MEMORY_SOURCE_88H: return "88h";
    case MEMORY_SOURCE_NONE: break;
    }
    return "none";
}
