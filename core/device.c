#include "core/device.h"

#include "core/status.h"

enum { PORTS_END = 0x10000, LINES_END = 256 };

static uint64_t end_of(enum device_kind kind)
{
    switch (kind) {
    case DEVICE_PORTS: return PORTS_END;
    case DEVICE_MEMORY: return UINT64_MAX;
    case DEVICE_INTERRUPT: return LINES_END;
    case DEVICE_CONSOLE: return 1;
    case DEVICE_FREE: break;
    }
    return 0;
}

static bool overlaps(const struct device *a, const struct device *b)
{
    return a->kind == b->kind && a->start < b->end && b->start < a->end;
}

static bool borrow(struct device *held, const struct device *wanted)
{
    if (held->lend == NULL || held->lender != NULL || held->start != wanted->start || held->end != wanted->end) {
        return false;
    }
    held->lend(true);
    held->lender = held->holder;
    held->holder = wanted->holder;
    return true;
}

struct device *device_claim(struct devices *devices, const struct device *wanted, int *status)
{
    struct device *slot = NULL;
    if (wanted->start >= wanted->end || wanted->end > end_of(wanted->kind)) {
        *status = -EINVARG;
        return NULL;
    }
    for (size_t i = 0; i < DEVICES_MAX; i++) {
        struct device *held = &devices->table[i];
        if (overlaps(held, wanted)) {
            bool borrowed = borrow(held, wanted);
            *status = borrowed ? 0 : -EPERM;
            return borrowed ? held : NULL;
        }
        slot = slot == NULL && held->kind == DEVICE_FREE ? held : slot;
    }
    *status = slot != NULL ? 0 : -ENOMEM;
    if (slot != NULL) {
        *slot = *wanted;
        slot->mapped = NULL;
    }
    return slot;
}

void device_release(struct device *device)
{
    if (device->lender == NULL) {
        *device = (struct device){.kind = DEVICE_FREE};
        return;
    }
    device->holder = device->lender;
    device->lender = NULL;
    device->lend(false);
}

bool device_covers(const struct device *device, enum device_kind kind, uint64_t offset, uint64_t bytes)
{
    if (device == NULL || device->kind != kind) {
        return false;
    }
    uint64_t size = device->end - device->start;
    return offset <= size && bytes <= size - offset;
}
