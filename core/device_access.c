/* Claimed devices on the machine itself. */
#include "core/cpu.h"
#include "core/device.h"
#include "core/interrupt.h"
#include "core/status.h"

struct devices kernel_devices;

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
    return device->kind == DEVICE_INTERRUPT ? interrupt_attach((unsigned)device->start, listener, events) : -EPERM;
}

int device_done(const struct device *device)
{
    if (device->kind != DEVICE_INTERRUPT) {
        return -EPERM;
    }
    interrupt_done((unsigned)device->start);
    return 0;
}
