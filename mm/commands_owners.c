/* Who holds what of the kernel heap, for the monitor. */
#include "mm/commands.h"
#include "mm/kheap.h"
#include "mm/owner.h"

static void print_owner(const struct owner_totals *owner, print_fn *print)
{
    size_t objects = 0;
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        objects += owner->objects[class];
    }
    print("  %-15s %8zu %8zu ", owner->name, owner->held, owner->peak);
    if (owner->quota == OWNER_NO_QUOTA) {
        print("%8s", "none");
    } else {
        print("%8zu", owner->quota);
    }
    print(" %8zu %6zu %6zu %8zu\n", owner->charged, owner->runs, owner->slabs, objects);
}

int command_owners(void *context, const char *arguments, print_fn *print)
{
    struct owner_totals totals;
    owner_t owner;
    (void)context, (void)arguments;
    print("  %-15s %8s %8s %8s %8s %6s %6s %8s\n", "owner", "blocks", "peak", "quota", "charged", "runs", "slabs",
          "objects");
    for (size_t slot = 0; slot < OWNER_SLOTS; slot++) {
        if (owner_in_slot(slot, &owner) && owner_totals(owner, &totals) == 0) {
            print_owner(&totals, print);
        }
    }
    return 0;
}

/* The owners that have any of a class, on its line. */
static void print_class(size_t class, print_fn *print)
{
    struct owner_totals totals;
    owner_t owner;
    bool any = false;
    for (size_t slot = 0; slot < OWNER_SLOTS; slot++) {
        if (owner_in_slot(slot, &owner) && owner_totals(owner, &totals) == 0 && totals.objects[class] != 0) {
            if (!any) {
                print("  %5u bytes:", (unsigned)size_classes[class].size);
            }
            print("%s %zu of %s", any ? "," : "", totals.objects[class], totals.name);
            any = true;
        }
    }
    if (any) {
        print("\n");
    }
}

int command_classes(void *context, const char *arguments, print_fn *print)
{
    (void)context, (void)arguments;
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        print_class(class, print);
    }
    return 0;
}
