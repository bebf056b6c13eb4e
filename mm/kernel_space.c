#include "mm/kernel_space.h"

#include <stdbool.h>

#include "core/assert.h"
#include "core/config.h"
#include "core/cpu.h"
#include "mm/directmap.h"
#include "mm/page_table.h"
#include "mm/range.h"

/* From boot/kernel.ld, and the stack from the kernel's entry; all page-aligned. */
extern const char image_text_end[], image_rodata_end[], image_end[];
extern const char stack_guard[], stack_bottom[];

#define PAGE_WRITE_THROUGH (UINT64_C(1) << 3)
#define PAGE_CACHE_DISABLE (UINT64_C(1) << 4)
/* Writing needs no help of the processor's dirty bits here: nobody asks for them. */
#define PAGE_READ_ONLY (PAGE_PRESENT | PAGE_ACCESSED | PAGE_NO_EXECUTE)
#define PAGE_CODE      (PAGE_PRESENT | PAGE_ACCESSED)
#define PAGE_DATA      (PAGE_READ_ONLY | PAGE_WRITE | PAGE_DIRTY)
#define PAGE_DEVICE    (PAGE_DATA | PAGE_CACHE_DISABLE | PAGE_WRITE_THROUGH)
#define PAGE_INNER     (PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED) /* rights are cut at the last level */

enum { SCREEN_START = 0xA0000, SCREEN_END = 0xC0000 }; /* the VGA's window, text and graphics */

typedef uint64_t page_table[PAGE_TABLE_ENTRIES] __attribute__((aligned(PAGE_TABLE_BYTES)));

/* The top level, its last entry's table, that one's entry for the top 2 GiB, and under it a table for each of the
 * image, the low window and the table window. In bss: cleared, and part of the image. */
static page_table top, upper, middle, image_pages, low_pages, window_pages;
static uint64_t image_physical;

static uint64_t physical_of(uintptr_t in_image)
{
    return image_physical + (in_image - KERNEL_BASE);
}

/* The rights of the image's page at `at`; 0: not mapped. */
static uint64_t image_rights(uintptr_t at)
{
    if (at >= (uintptr_t)stack_guard && at < (uintptr_t)stack_bottom) {
        return 0;
    }
    if (at < (uintptr_t)image_text_end) {
        return PAGE_CODE;
    }
    return at < (uintptr_t)image_rodata_end ? PAGE_READ_ONLY : PAGE_DATA;
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
        low_pages[page_table_index(LOW_WINDOW_BASE + at, PAGE_BITS_4K)] = at | (device ? PAGE_DEVICE : PAGE_DATA);
    }
}

static void hook(page_table table, uint64_t address, unsigned shift, const page_table below)
{
    table[page_table_index(address, shift)] = physical_of((uintptr_t)below) | PAGE_INNER;
}

void kernel_space_init(uint64_t image_start)
{
    image_physical = image_start;
    hook(top, KERNEL_BASE, PAGE_BITS_TOP, upper);
    hook(upper, KERNEL_BASE, PAGE_BITS_1G, middle);
    hook(middle, KERNEL_BASE, PAGE_BITS_2M, image_pages);
    hook(middle, LOW_WINDOW_BASE, PAGE_BITS_2M, low_pages);
    hook(middle, TABLE_WINDOW_BASE, PAGE_BITS_2M, window_pages);
    map_image();
    map_low_memory();
    cpu_set_cr3(kernel_space_top());
    cpu_set_cr0(cpu_cr0() | CPU_CR0_WP);
}

uint64_t kernel_space_top(void)
{
    return physical_of((uintptr_t)top);
}

void *kernel_space_low(uint64_t physical)
{
    kassert(physical < LOW_MEMORY_BYTES, "kernel space: the low window ends at 1 MiB");
    return (void *)(uintptr_t)(LOW_WINDOW_BASE + physical);
}

uint64_t *directmap_table(uint64_t table)
{
    uint64_t *window = (uint64_t *)(uintptr_t)TABLE_WINDOW_BASE;
    window_pages[page_table_index(TABLE_WINDOW_BASE, PAGE_BITS_4K)] = table | PAGE_DATA;
    cpu_invalidate_page(window);
    return window;
}
