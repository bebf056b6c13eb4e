#include "core/screen.h"

#include "core/console.h"
#include "core/cpu.h"
#include "core/device.h"
#include "core/text_screen.h"

enum {
    CRTC_INDEX = 0x3D4, /* IBM VGA: index here, data one above */
    CRTC_PORTS = 2,
};

static struct device *memory_claim, *crtc;
static struct text_screen screen; /* without cells: there is no screen, or no room to map it */

void text_screen_fill(void *to, uint64_t pattern, size_t bytes)
{
    cpu_fill(to, pattern, bytes);
}

void text_screen_copy_up(void *to, const void *from, size_t bytes)
{
    cpu_copy_up(to, from, bytes);
}

/* Where the other one has left off is not known. */
static void lend(bool away)
{
    text_screen_go_on(&screen);
    console_lend(away);
}

/* The memory is what counts. */
static void lend_registers(bool away)
{
    (void)away;
}

void screen_init(void *memory)
{
    memory_claim = device_take(DEVICE_MEMORY, SCREEN_ADDR, SCREEN_BYTES, "screen");
    crtc = device_take(DEVICE_PORTS, CRTC_INDEX, CRTC_PORTS, "screen");
    if (memory_claim != NULL && crtc != NULL) {
        memory_claim->lend = lend;
        crtc->lend = lend_registers;
    }
    screen.cells = memory;
    text_screen_clear(&screen);
}

void screen_move(void)
{
    screen.cells = device_map(memory_claim);
}

static void set_crtc(uint8_t index, unsigned value)
{
    (void)device_write8(crtc, 0, index);
    (void)device_write8(crtc, 1, (uint8_t)value);
}

void screen_write(const char *text, size_t length)
{
    if (screen.cells == NULL) {
        return;
    }
    text_screen_write(&screen, text, length);
    unsigned cursor = text_screen_cursor(&screen);
    set_crtc(TEXT_SCREEN_CURSOR_HIGH, cursor >> 8);
    set_crtc(TEXT_SCREEN_CURSOR_LOW, cursor);
}
