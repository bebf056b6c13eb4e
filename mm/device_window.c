#include "mm/device_window.h"

#include <stdbool.h>

#include "mm/page_table.h"
#include "mm/range.h"

/* Whether entries from `index` on map the pages from `first` on, as far as they map anything: unused ones are the last. */
static bool fits(const uint64_t *entries, size_t index, uint64_t first, size_t pages)
{
    for (size_t i = 0; i < pages && entries[index + i] != 0; i++) {
        if ((entries[index + i] & PAGE_ADDRESS) != first + i * PAGE_TABLE_BYTES) {
            return false;
        }
    }
    return true;
}

void *device_window_map(const struct device_window *window, uint64_t physical, size_t bytes)
{
    uint64_t top = UINT64_C(1) << window->phys_bits;
    if (bytes == 0 || physical >= top || bytes > top - physical) {
        return NULL;
    }
    uint64_t first = round_down(physical, PAGE_TABLE_BYTES);
    uint64_t pages = (round_up(physical + bytes, PAGE_TABLE_BYTES) - first) / PAGE_TABLE_BYTES;
    size_t index = 0;
    while (index + pages <= PAGE_TABLE_ENTRIES && !fits(window->entries, index, first, pages)) {
        index++;
    }
    if (index + pages > PAGE_TABLE_ENTRIES) {
        return NULL;
    }
    for (size_t i = 0; i < pages; i++) {
        window->entries[index + i] = (first + i * PAGE_TABLE_BYTES) | PAGE_KERNEL_DEVICE;
    }
    return (void *)(window->base + index * PAGE_TABLE_BYTES + physical % PAGE_TABLE_BYTES);
}
