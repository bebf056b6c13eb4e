#include "core/backtrace.h"

#define FRAME_BYTES (2 * sizeof(uint64_t))

bool backtrace_place(uint64_t address, unsigned back, const struct symbol_table *symbols, print_text *print)
{
    struct symbol symbol;
    if (!symbols_find(symbols, address - back, &symbol)) {
        print(" 0x%llx", (unsigned long long)address);
        return false;
    }
    print(" %s+0x%llx", symbol.name, (unsigned long long)symbol.offset + back);
    if (symbol.line != 0) {
        print(" (%s:%u)", symbol.file, symbol.line);
    }
    return true;
}

static bool print_frame(unsigned number, uint64_t address, const struct symbol_table *symbols, print_text *print)
{
    print("  #%u", number);
    bool found = backtrace_place(address, number > 0, symbols, print);
    print("\n");
    return found;
}

/* The frame at `at` if it may be read: whole, aligned, and not below `lowest`. */
static const uint64_t *frame_at(const struct backtrace *from, uint64_t at, uint64_t lowest)
{
    bool inside = at >= from->bottom && at < from->top && from->top - at >= FRAME_BYTES;
    return inside && at >= lowest && at % sizeof(uint64_t) == 0 ? (const uint64_t *)(uintptr_t)at : NULL;
}

static bool is_code(uint64_t return_address, const struct symbol_table *symbols)
{
    struct symbol unused;
    return symbols_find(symbols, return_address - 1, &unused);
}

/* After a call of what is no code: the return address that the call has left on the stack, or 0. */
static uint64_t fresh_return(const struct backtrace *from, const struct symbol_table *symbols)
{
    const uint64_t *word = frame_at(from, from->rsp, 0);
    return word != NULL && is_code(*word, symbols) ? *word : 0;
}

/* The next frame from `lowest` up, where the chain does not lead to one. The stack pointer may have left the stack, or be
 * odd. */
static const uint64_t *next_frame(const struct backtrace *from, uint64_t lowest, const struct symbol_table *symbols)
{
    const uint64_t *frame;
    uint64_t first = lowest > from->bottom ? lowest : from->bottom;
    for (uint64_t at = (first + sizeof *frame - 1) / sizeof *frame * sizeof *frame;
         (frame = frame_at(from, at, lowest)) != NULL; at += sizeof *frame) {
        if (frame_at(from, frame[0], at + FRAME_BYTES) != NULL && is_code(frame[1], symbols)) {
            return frame;
        }
    }
    return NULL;
}

void backtrace_print(const struct backtrace *from, const struct symbol_table *symbols, print_text *print)
{
    unsigned number = 0;
    if (!print_frame(number++, from->rip, symbols, print)) {
        uint64_t caller = fresh_return(from, symbols);
        if (caller != 0) {
            (void)print_frame(number++, caller, symbols, print);
        }
    }
    uint64_t lowest = from->rsp;
    for (uint64_t at = from->rbp; at != 0; number++) {
        if (number == BACKTRACE_FRAMES_MAX) {
            print("  ...\n");
            return;
        }
        const uint64_t *frame = frame_at(from, at, lowest);
        if (frame == NULL) {
            print("  (here a function keeps no frame)\n");
            frame = next_frame(from, lowest, symbols);
        }
        if (frame == NULL) {
            return;
        }
        (void)print_frame(number, frame[1], symbols, print);
        lowest = (uintptr_t)frame + FRAME_BYTES;
        at = frame[0];
    }
}
