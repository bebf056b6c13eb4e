#include "ipc/figures.h"

#include <assert.h>
#include <stdbool.h>

#include "core/status.h"
#include "ipc/ipc.h"
#include "mm/commands.h"
#include "mm/kheap.h"
#include "mm/memmap.h"
#include "mm/owner.h"
#include "mm/picture.h"
#include "mm/plan.h"

static_assert((int)FIGURES_NAME_BYTES == (int)OWNER_NAME_BYTES, "a name is passed on whole");
static_assert((int)FIGURES_CELLS_MAX == (int)PICTURE_CELLS_MAX, "a picture is passed on whole");
static_assert((int)FIGURES_SLOT_OF_HEAP == (int)OWNER_HEAP, "whose slot it is");
static_assert(OWNER_NO_QUOTA == UINT64_MAX, "no quota is none on both sides");

#define WORDS_OF(type) ((uint32_t)(sizeof(type) / sizeof(uint64_t)))

/* Begins an answer: its words. */
#define ANSWER_AS(type, message) ((message)->words = WORDS_OF(type), (type *)(void *)(message)->word)

static int answer_totals(struct message *message)
{
    struct kheap_totals totals = kheap_totals();
    *ANSWER_AS(struct figures_of_totals, message) = (struct figures_of_totals){.regions = totals.regions,
                                                                               .blocks = totals.blocks,
                                                                               .used = totals.used,
                                                                               .kept = totals.kept,
                                                                               .peak = totals.peak,
                                                                               .live_runs = totals.live_runs,
                                                                               .free_runs = totals.free_runs,
                                                                               .longest_free = totals.longest_free,
                                                                               .refused = totals.refused};
    return 0;
}

static void tell_owner(const struct owner_totals *owner, struct figures_of_owner *answer)
{
    *answer = (struct figures_of_owner){.quota = owner->quota,
                                        .held = owner->held,
                                        .peak = owner->peak,
                                        .charged = owner->charged,
                                        .runs = owner->runs,
                                        .slabs = owner->slabs};
    for (size_t i = 0; i < OWNER_NAME_BYTES; i++) {
        answer->name[i] = owner->name[i];
    }
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        answer->objects += owner->objects[class];
    }
}

static int answer_owner(struct message *message)
{
    struct owner_totals totals;
    owner_t owner = 0;
    size_t slot = message->word[0];
    while (slot < OWNER_SLOTS && !owner_in_slot(slot, &owner)) {
        slot++;
    }
    if (slot >= OWNER_SLOTS || owner_totals(owner, &totals) != 0) {
        return -EINVARG;
    }
    struct figures_of_owner *answer = ANSWER_AS(struct figures_of_owner, message);
    tell_owner(&totals, answer);
    answer->slot = slot;
    answer->number = owner;
    return 0;
}

static int answer_class(struct message *message)
{
    struct owner_totals totals;
    owner_t owner = 0;
    size_t slot = message->word[0], class = message->word[1];
    if (class >= SIZE_CLASSES || !owner_in_slot(slot, &owner) || owner_totals(owner, &totals) != 0) {
        return -EINVARG;
    }
    *ANSWER_AS(struct figures_of_class, message) =
        (struct figures_of_class){.bytes = size_classes[class].size, .objects = totals.objects[class]};
    return 0;
}

static int answer_picture(struct message *message)
{
    struct picture picture;
    if (message->word[1] == 0) {
        return -EINVARG;
    }
    picture_draw(message->word[0], message->word[1], &picture);
    struct figures_of_picture *answer = ANSWER_AS(struct figures_of_picture, message);
    answer->blocks = picture.blocks;
    answer->count = picture.count;
    for (size_t i = 0; i < PICTURE_CELLS_MAX; i++) {
        answer->share[i] = picture.share[i];
    }
    return 0;
}

static int answer_map(const struct memmap *map, struct message *message)
{
    size_t number = message->word[0];
    if (number >= map->count) {
        return -EINVARG;
    }
    const struct memory_range *range = &map->ranges[number];
    *ANSWER_AS(struct figures_of_range, message) =
        (struct figures_of_range){.start = range->range.start, .end = range->range.end, .type = range->type};
    return 0;
}

/* False: the plan has no place of that number. */
static bool find_place(const struct plan *plan, size_t number, struct reservation *place)
{
    if (number < plan->reserved_count) {
        *place = plan->reserved[number];
        return true;
    }
    size_t behind = number - plan->reserved_count, region = behind / 2;
    if (region >= plan->region_count) {
        return false;
    }
    *place = behind % 2 == 0 ? (struct reservation){"heap-table", plan->regions[region].table}
                             : (struct reservation){"heap", plan->regions[region].blocks};
    return true;
}

static int answer_plan(const struct plan *plan, struct message *message)
{
    struct reservation place;
    if (!find_place(plan, message->word[0], &place)) {
        return -EINVARG;
    }
    struct figures_of_place *answer = ANSWER_AS(struct figures_of_place, message);
    *answer = (struct figures_of_place){.start = place.range.start, .end = place.range.end};
    for (size_t i = 0; i < FIGURES_NAME_BYTES - 1 && place.name[i] != '\0'; i++) {
        answer->name[i] = place.name[i];
    }
    return 0;
}

/* Words of a question; UINT32_MAX: it is none. */
static uint32_t words_of(uint64_t type)
{
    switch (type) {
    case FIGURES_TOTALS: return 0;
    case FIGURES_OWNER:
    case FIGURES_MAP:
    case FIGURES_PLAN: return 1;
    case FIGURES_CLASS:
    case FIGURES_PICTURE: return 2;
    default: return UINT32_MAX;
    }
}

static int answer(const struct memory_view *view, struct message *message)
{
    if (message->words != words_of(message->type)) {
        return -EINVARG;
    }
    switch (message->type) {
    case FIGURES_TOTALS: return answer_totals(message);
    case FIGURES_OWNER: return answer_owner(message);
    case FIGURES_CLASS: return answer_class(message);
    case FIGURES_PICTURE: return answer_picture(message);
    case FIGURES_MAP: return answer_map(view->map, message);
    default: return answer_plan(view->plan, message);
    }
}

void figures_serve(const struct memory_view *view)
{
    struct message message;
    for (int status = ipc_receive(&message, IPC_FOREVER); status == 0;
         status = ipc_reply_receive(message.token, &message, IPC_FOREVER)) {
        int result = answer(view, &message);
        message.words = result == 0 ? message.words : 0;
        message.type = (uint64_t)(int64_t)result;
        message.carries = 0;
    }
}
