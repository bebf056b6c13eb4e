/* Who called whom: the chain of frames on a stack of the kernel. A function keeps its caller's rbp, points rbp there, and
 * finds its return address above it:
 *
 *     bottom                                                                          top
 *     |   ...   | rbp of the caller | return address |   ...   | 0 | return address |
 *               ^ rbp                                          ^ the chain's end
 *
 * Functions of COUNTED_SOURCES (CMakeLists.txt) and assembly make no frame. Assembly leaves rbp alone: the chain passes it
 * by. The others may keep anything in it: the chain breaks there, and goes on at the next frame that is one. */
#pragma once

#include "core/print.h"
#include "core/symbols.h"

enum { BACKTRACE_FRAMES_MAX = 16 };

/* Where something stopped, and the part of its stack that may be read; none: bottom and top are the same. */
struct backtrace {
    uint64_t rip, rsp, rbp;
    uintptr_t bottom, top;
};

/* Prints a line "  #N function+0xOFFSET (file:line)" for where it stopped and for each return address, at most
 * BACKTRACE_FRAMES_MAX. Words are read only at multiples of 8 from rsp up to the top, each frame above the one before. Where
 * the chain leads elsewhere a line says so, and it goes on with the next two words that are a frame of a function, and lead
 * to another. Where no function is at rip (a call of no code) the word at rsp is taken for its return address if it is one. */
void backtrace_print(const struct backtrace *from, const struct symbol_table *symbols, print_text *print);

/* Prints " function+0xOFFSET (file:line)", or " 0xADDRESS" where no function is; `back` bytes before the address decide which
 * one, 1 for a return address. Whether there was one. */
bool backtrace_place(uint64_t address, unsigned back, const struct symbol_table *symbols, print_text *print);
