/* The self-check's part for small objects and owners. */
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/selfcheck_parts.h"

enum { QUOTA_BLOCKS = 24, RUN_BLOCKS = 3 };

static bool quota_expected;
static bool quota_reported;

bool selfcheck_expects_quota(const struct quota_refusal *refusal)
{
    quota_reported = quota_expected && refusal->quota == QUOTA_BLOCKS;
    return quota_expected;
}

/* A good free, and then each kind of bad one. */
static const char *try_bad(const char *object, char *other, size_t bytes)
{
    const struct bad_free bad[] = {
        {other, FREE_ALREADY_FREE},
        {object + 1, FREE_NOT_AN_OBJECT},
        {object + 16, FREE_NOT_AN_OBJECT}, /* the last one: where that is inside */
    };
    if (kheap_try_free(other) != 0) {
        return "a good free of a small object was refused";
    }
    return selfcheck_refused(bad, bytes > 16 ? 3 : 2) ? NULL : "a bad free of a small object was not refused";
}

/* Two objects of each class. */
static const char *try_classes(void)
{
    const char *wrong = NULL;
    for (size_t class = 0; wrong == NULL && class < SIZE_CLASSES; class ++) {
        size_t bytes = size_classes[class].size;
        char *object = kmalloc(bytes);
        char *other = kmalloc(bytes);
        if (object == NULL || other == NULL) {
            kfree(object);
            kfree(other);
            return "a small allocation failed";
        }
        object[0] = 'a';
        object[bytes - 1] = 'z';
        other[0] = 'A';
        other[bytes - 1] = 'Z';
        wrong = try_bad(object, other, bytes);
        if (object[0] != 'a' || object[bytes - 1] != 'z') {
            wrong = "a small object was overwritten by another";
        }
        kfree(object);
    }
    return wrong;
}

/* What is one owner's is nobody else's. */
static const char *try_foreign(const char *object, char *run, owner_t owner)
{
    const struct bad_free bad[] = {{object, FREE_FOREIGN}, {run, FREE_FOREIGN}};
    if (!selfcheck_refused(bad, 2)) {
        return "a free of another owner's memory was not refused";
    }
    if (kheap_act_as(owner) != 0) {
        return "a new owner cannot act";
    }
    quota_expected = true;
    quota_reported = false;
    char *beyond = kmalloc((size_t)QUOTA_BLOCKS * HEAP_BLOCK_SIZE + 1);
    quota_expected = false;
    if (beyond != NULL || !quota_reported) {
        return "a request beyond the quota was not refused";
    }
    return kheap_gift(run, OWNER_KERNEL) == 0 ? NULL : "a gift of a run was refused";
}

static const char *try_owner(owner_t owner, char **run)
{
    owner_t self = kheap_owner();
    (void)kheap_act_as(owner);
    char *object = kmalloc(64);
    *run = kmalloc((size_t)RUN_BLOCKS * HEAP_BLOCK_SIZE);
    (void)kheap_act_as(self);
    if (object == NULL || *run == NULL) {
        return "an owner's allocation failed";
    }
    const char *wrong = try_foreign(object, *run, owner);
    (void)kheap_act_as(self);
    return wrong;
}

const char *selfcheck_owners(void)
{
    owner_t owner;
    struct reclaim_report report;
    char *run = NULL;
    const char *wrong = try_classes();
    if (wrong != NULL) {
        return wrong;
    }
    if (owner_create("self-check", QUOTA_BLOCKS, &owner) != 0) {
        return "no owner could be made";
    }
    wrong = try_owner(owner, &run);
    if (kheap_reclaim(owner, &report) != 0) {
        return "an owner could not be ended";
    }
    if (wrong == NULL && (report.objects[size_class_of(64)] != 1 || report.runs != 0 || report.blocks == 0)) {
        wrong = "what an owner left was not what it had taken";
    }
    if (wrong == NULL && kheap_try_free(run) != 0) {
        wrong = "a gift could not be freed by whom it was given to";
    }
    return wrong;
}
