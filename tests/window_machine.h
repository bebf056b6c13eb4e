/* A machine for the heap of ring 3 (servers/library/heap.h): memory at the window's own addresses, a kernel that grants blocks of it
 * by chance, and a table whose pages come blank when they are touched. Included by one test program at a time. */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "core/config.h"
#include "core/status.h"
#include "mm/kheap_state.h"
#include "mm/kheap_window.h"
#include "servers/library/heap.h"
#include "tests/random.h"

enum {
    BLOCK = HEAP_BLOCK_SIZE,
    MACHINE_BLOCKS = 6000, /* there is memory for these     */
    FIRST_BLOCK = 251,     /* and for none below this one */
};
#define TABLE_BYTES (USER_WINDOW - USER_WINDOW_TABLE)

enum holder { NOBODY, SERVER, OTHERS };

static struct {
    uint8_t holder[MACHINE_BLOCKS];
    size_t window_blocks; /* what the server is told; memory ends where it ends */
    size_t quota;
    size_t held;        /* by the server                                  */
    size_t table_pages; /* of the table, that were touched                */
    size_t asked;       /* for grants                                     */
    size_t fail_at;     /* the grant of that number is refused; SIZE_MAX: none */
    size_t fail_from;   /* all from this one on are                       */
    size_t returned;    /* calls                                          */
    struct random random;
    unsigned refusals;
    struct heap_refusal refusal;
} machine;

static inline unsigned char *block_at(size_t block)
{
    return (unsigned char *)(USER_WINDOW + block * BLOCK); // NOLINT(performance-no-int-to-ptr): that is where it is
}

static inline size_t block_of(const void *ptr)
{
    return ((uintptr_t)ptr - USER_WINDOW) / BLOCK;
}

void heap_refused(const struct heap_refusal *refusal)
{
    machine.refusal = *refusal;
    machine.refusals++;
}

static bool all_are(size_t block, size_t blocks, enum holder holder)
{
    for (size_t i = block; i < block + blocks; i++) {
        if (i >= MACHINE_BLOCKS || machine.holder[i] != holder) {
            return false;
        }
    }
    return true;
}

static void hand(size_t block, size_t blocks, enum holder holder)
{
    memset(machine.holder + block, (int)holder, blocks);
}

/* The first place from one on, chosen by chance, that is free; MACHINE_BLOCKS: none. */
static size_t find_place(size_t blocks)
{
    size_t from = random_below(&machine.random, 2) ? 0 : random_below(&machine.random, MACHINE_BLOCKS);
    for (size_t turn = 0; turn < MACHINE_BLOCKS; turn++) {
        size_t block = FIRST_BLOCK + (from + turn) % (MACHINE_BLOCKS - FIRST_BLOCK);
        if (all_are(block, blocks, NOBODY)) {
            return block;
        }
    }
    return MACHINE_BLOCKS;
}

int64_t server_grant(size_t blocks)
{
    size_t number = machine.asked++;
    assert_true(blocks != 0);
    if (number == machine.fail_at || number >= machine.fail_from || blocks > machine.quota - machine.held) {
        return -EQUOTA;
    }
    size_t block = find_place(blocks);
    if (block == MACHINE_BLOCKS) {
        return -ENOMEM;
    }
    hand(block, blocks, SERVER);
    machine.held += blocks;
    memset(block_at(block), 0, blocks * BLOCK);
    return (int64_t)(uintptr_t)block_at(block);
}

int server_return(const void *ptr, size_t blocks)
{
    size_t block = block_of(ptr);
    assert_int_equal((uintptr_t)ptr % BLOCK, 0);
    assert_true(blocks != 0 && all_are(block, blocks, SERVER));
    memset(block_at(block), 0xA5, blocks * BLOCK); /* whoever has it now writes to it */
    hand(block, blocks, NOBODY);
    machine.held -= blocks;
    machine.returned++;
    return 0;
}

/* As the kernel does (mm/grant.c). */
static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    uintptr_t address = (uintptr_t)info->si_addr;
    if (address < USER_WINDOW_TABLE || address >= USER_WINDOW) {
        (void)signal(SIGSEGV, SIG_DFL);
        return;
    }
    HEAP_BLOCK_TABLE_ENTRY *page = (HEAP_BLOCK_TABLE_ENTRY *)(address & ~(uintptr_t)(BLOCK - 1));
    (void)mprotect(page, BLOCK, PROT_READ | PROT_WRITE);
    for (size_t i = 0; i < BLOCK / sizeof *page; i++) {
        page[i] = WINDOW_BLANK;
    }
    machine.table_pages++;
}

/* Again in each part of a test: CMocka has its own handler there at first. */
static void watch_faults(void)
{
    const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
}

/* A heap begins with this. */
size_t server_window_blocks(void)
{
    watch_faults();
    return machine.window_blocks;
}

static void *map_at(uintptr_t address, size_t bytes, int rights)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    void *mapped = mmap((void *)address, bytes, rights, flags, -1, 0); // NOLINT(performance-no-int-to-ptr)
    assert_ptr_equal(mapped, (void *)address);                         // NOLINT(performance-no-int-to-ptr)
    return mapped;
}

/* A server that has just begun, on a machine with that many blocks in its window. */
static void begin_machine(size_t window_blocks)
{
    struct random random = machine.random;
    memset(&machine, 0, sizeof machine);
    machine.random = random;
    machine.window_blocks = window_blocks;
    machine.quota = SIZE_MAX;
    machine.fail_at = machine.fail_from = SIZE_MAX;
    map_at(USER_WINDOW_TABLE, TABLE_BYTES, PROT_NONE);
    map_at(USER_WINDOW, (size_t)MACHINE_BLOCKS * BLOCK, PROT_READ | PROT_WRITE);
    memset(block_at(0), 0xA5, (size_t)MACHINE_BLOCKS * BLOCK);
    memset(kheap_state(), 0, sizeof(struct kheap));
    server_heap = (struct server_heap){.context = KHEAP_CONTEXT_AT_BOOT};
}

static void assert_sound(void)
{
    watch_faults();
    const char *broken = kheap_check();
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    assert_int_equal(server_heap.held, machine.held);
}

/* For setups and teardowns. */
static inline int a_server(void **state)
{
    (void)state;
    begin_machine(MACHINE_BLOCKS);
    return 0;
}

static inline int ends_sound(void **state)
{
    (void)state;
    assert_sound();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, a_server, ends_sound)
