/* Map, plan and heap in words, drawings and JSON. The same code prints on the kernel's console and in the host
 * planner; the caller hands in the way to print. */
#pragma once

#include <stdint.h>

#include "core/config.h"
#include "mm/memmap.h"
#include "mm/plan.h"

/* printf's contract for %s %c %d %u %x %X %llx %llu %lu %zu %p %%, with width, 0, - and precision for strings. */
typedef void print_fn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the certificate says besides the plan. */
struct certificate {
    const char *source; /* "e820", "e801", "88h", ... */
    uint64_t map_hash;  /* map_hash() of the list      */
};

/* 64-bit FNV-1a over every entry as base, length, type in 20 little-endian bytes, in the list's order. */
uint64_t map_hash(const MemoryMapEntry *entries, size_t count);

/* The raw list as lines that `./tessera plan` reads back, ASCII, at most 79 columns:
 *   tessera-map: source e820 entries 2
 *   tessera-map: 0x0000000000000000 0x000000000009fc00 1
 *   tessera-map: 0x0000000000100000 0x0000000007ee0000 1 attr=0x3
 * base, length, type; attributes only where they are not 1. The count is there so that half a paste is noticed. */
void report_entries(const char *source, const MemoryMapEntry *entries, size_t count, print_fn *print);

/* The sanitized map, one line a range, and what had to be repaired. */
void report_map(const struct memmap *map, print_fn *print);

/* What is never handed out: range, size, name. */
void report_reservations(const struct plan *plan, print_fn *print);

/* The plan to scale, at most 79 columns, with a legend; then each piece that is not used, or is cut, and why. */
void report_drawing(const struct memmap *map, const struct plan *plan, print_fn *print);
void report_reasons(const struct memmap *map, const struct plan *plan, print_fn *print);

/* The first stretch of usable memory at or above `from` that the plan puts nothing into; empty when there is none. */
struct range report_unused(const struct memmap *map, const struct plan *plan, uint64_t from);

/* The placement certificate: one JSON object without the newline; keys and form in docs/memory.md. */
void report_certificate(const struct plan *plan, const struct certificate *certificate, print_fn *print);

/* "128 MiB", "3.5 GiB", "639 KiB": the largest unit that keeps it short, at most one decimal, rounded down.
 * Writes at most 16 bytes, NUL included. */
void format_bytes(char text[16], uint64_t bytes);

/* Begins a line with a range and its size: "  [0x0000000100000, 0x0000000140000)    256 KiB  ". */
void report_range(struct range range, print_fn *print);
