/* What the memory server is asked: who holds how much of the kernel's heap, where that is, and who holds more than before. It only
 * looks; what it does not know itself the kernel tells it (ipc/figures.h, where the structures stand). Of a server in ring 3 the kernel
 * knows runs alone: its small objects lie in blocks that it has been granted.
 *
 *   memory_totals   the whole heap
 *   memory_owner    the owner of that name, which ends with '\0'. -EINVARG: there is none; so it is below
 *   memory_quota    how many blocks it may hold; UINT64_MAX: any number
 *   memory_class    how many small objects it has of a class of sizes, which are numbered from 0, and how long these are.
 *                   -EINVARG: there is no such class
 *   memory_picture  how full each cell is, from number `cell` on, of the heap cut into at most `cells`. -EINVARG: into 0
 *   memory_map      a range of the machine's memory map, numbered from 0. -EINVARG: there are no more
 *   memory_plan     a place in the kernel's plan, numbered from 0: what is reserved, then the heap's. -EINVARG: there are no more
 *   memory_mark     remembers how many runs and objects every owner has. -EQUOTA: there is no room, and the last mark stays
 *   memory_grown    the owner of that number, from 0, of those that have more of either than at the mark, and how many more.
 *                   -EINVARG: there are no more, or no mark. An owner that was not there is compared with its namesake of then, a server
 *                   with its last life; else with nothing. What the heap has for itself does not count
 *   memory_forget   the mark is none any more, and its memory is free */
#pragma once

#include "ipc/figures.h"
#include "servers/library/messages.h"

enum { MEMORY_NAME_BYTES = FIGURES_NAME_BYTES, MEMORY_CELLS_AT_ONCE = FIGURES_CELLS_MAX };

/* clang-format off */
#define MEMORY_MESSAGES(X)                                                                                           \
    X(1, memory_totals, ASK(), ANSWER(struct figures_of_totals is;))                                                 \
    X(2, memory_owner, ASK(char name[MEMORY_NAME_BYTES];), ANSWER(struct figures_of_owner is;))                      \
    X(3, memory_quota, ASK(char name[MEMORY_NAME_BYTES];), ANSWER(uint64_t blocks;))                                 \
    X(4, memory_class, ASK(char name[MEMORY_NAME_BYTES]; uint64_t class;), ANSWER(struct figures_of_class is;))      \
    X(5, memory_picture, ASK(uint64_t cell; uint64_t cells;), ANSWER(struct figures_of_picture is;))                 \
    X(6, memory_map, ASK(uint64_t number;), ANSWER(struct figures_of_range is;))                                     \
    X(7, memory_mark, ASK(), ANSWER())                                                                               \
    X(8, memory_grown, ASK(uint64_t number;),                                                                        \
      ANSWER(char name[MEMORY_NAME_BYTES]; uint64_t runs; uint64_t objects;))                                        \
    X(9, memory_forget, ASK(), ANSWER())                                                                             \
    X(10, memory_plan, ASK(uint64_t number;), ANSWER(struct figures_of_place is;))
/* clang-format on */

MEMORY_MESSAGES(MESSAGE_DECLARE)
