/* Claimed devices on the machine itself. */
#include "core/commands.h"
#include "core/cpu.h"
#include "core/device.h"
#include "core/interrupt.h"
#include "core/status.h"

struct devices kernel_devices;

struct device *device_take(enum device_kind kind, uint64_t start, uint64_t count, const char *holder)
{
    int status;
    return device_claim(&kernel_devices,
                        &(struct device){.kind = kind, .start = start, .end = start + count, .holder = holder},
                        &status);
}

/* Each where its driver has it: core/interrupt.c, core/clock.c, core/power.c. */
void devices_take_kernels(void)
{
    static const struct {
        uint16_t port, count;
    } own[] = {{0x20, 2}, {0x40, 4}, {0x61, 1}, {0xA0, 2}, {0xF4, 4}, {0xCF9, 1}};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        (void)device_take(DEVICE_PORTS, own[i].port, own[i].count, "kernel");
    }
}

void *device_map(struct device *device)
{
    if (!device_covers(device, DEVICE_MEMORY, 0, 1)) {
        return NULL;
    }
    if (device->mapped == NULL) {
        device->mapped = device_window(device->start, device->end - device->start);
    }
    return device->mapped;
}

int device_read8(const struct device *device, uint64_t offset, uint8_t *value)
{
    if (!device_covers(device, DEVICE_PORTS, offset, 1)) {
        return -EPERM;
    }
    *value = cpu_in8((uint16_t)(device->start + offset));
    return 0;
}

int device_write8(const struct device *device, uint64_t offset, uint8_t value)
{
    if (!device_covers(device, DEVICE_PORTS, offset, 1)) {
        return -EPERM;
    }
    cpu_out8((uint16_t)(device->start + offset), value);
    return 0;
}

int device_listen(const struct device *device, uint64_t listener, uint64_t events)
{
    return device_covers(device, DEVICE_INTERRUPT, 0, 1) ? interrupt_attach((unsigned)device->start, listener, events)
                                                         : -EPERM;
}

int device_done(const struct device *device)
{
    if (!device_covers(device, DEVICE_INTERRUPT, 0, 1)) {
        return -EPERM;
    }
    interrupt_done((unsigned)device->start);
    return 0;
}

int command_devices(void *context, const char *arguments, print_text *print)
{
    static const char *const kinds[] = {[DEVICE_PORTS] = "ports",
                                        [DEVICE_MEMORY] = "memory",
                                        [DEVICE_INTERRUPT] = "input",
                                        [DEVICE_CONSOLE] = "console"};
    (void)context, (void)arguments;
    for (size_t i = 0; i < DEVICES_MAX; i++) {
        const struct device *device = &kernel_devices.table[i];
        if (device->kind != DEVICE_FREE) {
            print("  %-12s %-7s [0x%llx, 0x%llx)%s%s\n", device->holder, kinds[device->kind],
                  (unsigned long long)device->start, (unsigned long long)device->end,
                  device->lender != NULL ? ", lent by " : "", device->lender != NULL ? device->lender : "");
        }
    }
    return 0;
}
