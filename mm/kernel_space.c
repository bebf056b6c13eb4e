#include "mm/kernel_space.h"

#include <stdbool.h>

#include "core/assert.h"
#include "core/config.h"
#include "core/cpu.h"
#include "mm/device_window.h"
#include "mm/directmap.h"
#include "mm/page_table.h"
#include "mm/paging.h"
#include "mm/range.h"

/* From boot/kernel.ld, and the stack from the kernel's entry; all page-aligned. */
extern const char image_text_end[], image_rodata_end[], image_end[];
extern const char boot_stack_guard[], boot_stack_bottom[];

enum { SCREEN_START = 0xA0000, SCREEN_END = 0xC0000 }; /* the VGA's window, text and graphics */

typedef uint64_t page_table[PAGE_TABLE_ENTRIES] __attribute__((aligned(PAGE_TABLE_BYTES)));

/* The top level, its last entry's table, and under that one tables for the GiB of the stack window and that of the image;
 * then a table for each of the image, the low window, the table window and the device window. In bss: cleared, and part
 * of the image. What is under `stacks` is mm/stacks.c's. */
static page_table top, upper, stacks, middle, image_pages, low_pages, window_pages, device_pages;
static uint64_t image_physical;
static unsigned physical_bits;

static uint64_t physical_of(uintptr_t in_image)
{
    return image_physical + (in_image - KERNEL_BASE);
}

/* The rights of the image's page at `at`; 0: not mapped. */
static uint64_t image_rights(uintptr_t at)
{
    if (at >= (uintptr_t)boot_stack_guard && at < (uintptr_t)boot_stack_bottom) {
        return 0;
    }
    if (at < (uintptr_t)image_text_end) {
        return PAGE_KERNEL_CODE;
    }
    return at < (uintptr_t)image_rodata_end ? PAGE_KERNEL_READ_ONLY : PAGE_KERNEL_DATA;
}

static void map_image(void)
{
    for (uintptr_t at = KERNEL_BASE; at < (uintptr_t)image_end; at += PAGE_TABLE_BYTES) {
        uint64_t rights = image_rights(at);
        image_pages[page_table_index(at, PAGE_BITS_4K)] = rights != 0 ? physical_of(at) | rights : 0;
    }
}

static void map_low_memory(void)
{
    for (uint64_t at = 0; at < LOW_MEMORY_BYTES; at += PAGE_TABLE_BYTES) {
        bool device = at >= SCREEN_START && at < SCREEN_END;
        low_pages[page_table_index(LOW_WINDOW_BASE + at, PAGE_BITS_4K)] =
            at | (device ? PAGE_KERNEL_DEVICE : PAGE_KERNEL_DATA);
    }
}

static void hook(page_table table, uint64_t address, unsigned shift, const page_table below)
{
    table[page_table_index(address, shift)] = physical_of((uintptr_t)below) | PAGE_KERNEL_INNER;
}

void kernel_space_init(uint64_t image_start, unsigned phys_bits)
{
    image_physical = image_start;
    physical_bits = phys_bits;
    hook(top, KERNEL_BASE, PAGE_BITS_TOP, upper);
    hook(upper, KERNEL_BASE, PAGE_BITS_1G, middle);
    hook(upper, STACK_WINDOW_BASE, PAGE_BITS_1G, stacks);
    hook(middle, KERNEL_BASE, PAGE_BITS_2M, image_pages);
    hook(middle, LOW_WINDOW_BASE, PAGE_BITS_2M, low_pages);
    hook(middle, TABLE_WINDOW_BASE, PAGE_BITS_2M, window_pages);
    hook(middle, DEVICE_WINDOW_BASE, PAGE_BITS_2M, device_pages);
    map_image();
    map_low_memory();
    cpu_set_cr3(kernel_space_top());
    cpu_set_cr0(cpu_cr0() | CPU_CR0_WP);
}

uint64_t kernel_space_top(void)
{
    return physical_of((uintptr_t)top);
}

const uint64_t *kernel_space_top_entries(void)
{
    return top;
}

uint64_t *kernel_space_stacks(void)
{
    return stacks;
}

void *kernel_space_device(uint64_t physical, size_t bytes)
{
    const struct device_window window = {device_pages, DEVICE_WINDOW_BASE, physical_bits};
    return device_window_map(&window, physical, bytes);
}

void paging_flush(uintptr_t address)
{
    cpu_invalidate_page((const void *)address);
}

void *kernel_space_low(uint64_t physical)
{
    kassert(physical < LOW_MEMORY_BYTES, "kernel space: the low window ends at 1 MiB");
    return (void *)(uintptr_t)(LOW_WINDOW_BASE + physical);
}

static void show(uint64_t window, uint64_t entry)
{
    window_pages[page_table_index(window, PAGE_BITS_4K)] = entry;
    cpu_invalidate_page((const void *)(uintptr_t)window);
}

void kernel_space_read(uint64_t physical, void *to, size_t bytes)
{
    const uint64_t window = TABLE_WINDOW_BASE + PAGE_TABLE_BYTES;
    for (char *next = to; bytes > 0;) {
        size_t offset = physical % PAGE_TABLE_BYTES, left = PAGE_TABLE_BYTES - offset;
        size_t part = bytes < left ? bytes : left;
        bool low = physical < LOW_MEMORY_BYTES;
        if (!low) {
            show(window, (physical - offset) | PAGE_KERNEL_READ_ONLY);
        }
        cpu_copy_up(next, low ? kernel_space_low(physical) : (const void *)(uintptr_t)(window + offset), part);
        next += part;
        physical += part;
        bytes -= part;
    }
    show(window, 0);
}

uint64_t *directmap_table(uint64_t table)
{
    uint64_t *window = (uint64_t *)(uintptr_t)TABLE_WINDOW_BASE;
    show(TABLE_WINDOW_BASE, table | PAGE_KERNEL_DATA);
    return window;
}
