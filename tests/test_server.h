/* For tests of servers, with all servers of the manifest in the test's own process: each a thread with its own handles, its own
 * owner of one kernel heap and its quota, over the rules of calls. A test is the thread that runs when they have nothing to do.
 *
 *     static void what_is_put_is_there(void **state)
 *     {
 *         union store_put put = {.ask = {.key = "color", .bytes = 3, .value = "red"}};
 *         assert_int_equal(store_put(to("store"), &put), 0);
 *         ...
 *     }
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {SERVER_TEST(what_is_put_is_there)};
 *         return cmocka_run_group_tests(tests, NULL, NULL);
 *     }
 *
 * After each test all is ended and looked at: no server holds more than when it had started, unless the test says that it may
 * keep something; no free was refused; and with the servers all their memory has gone. The clock is mocked: it stands still but
 * where everybody waits, and jumps to the next deadline then (thread_sleep). */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "ipc/ipc.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "servers/library/clock.h"
#include "tests/host_log.h"

#define SERVER_TEST(function) cmocka_unit_test_setup_teardown(function, servers_begin, servers_end)

int servers_begin(void **state);
int servers_end(void **state);

/* A handle of the calling thread, test or client, to a server: with all rights. */
handle_t to(const char *server);

/* Another one that calls, while the test waits; its priority is the test's, its badge is not. It ends with `run`, or with the test. */
void client(void (*run)(void));

/* The n-th allocation of servers from now on fails, counted from 1, and no other one; 0: none. */
void fail_allocation(size_t n);
bool an_allocation_has_failed(void);

/* Runs and objects that it has from kmalloc, and its handles. */
size_t holds(const char *server);

/* It may hold more at the end of the test than at its beginning. */
void may_keep(const char *server);

/* Ends it in whatever it is doing: what it had not freed. It can be started again. Nothing happens where it has ended, or has been
 * started, already. */
struct reclaim_report ends(const char *server);
void starts(const char *server);

/* What stands for a device of a server, by its number in the manifest, from then on until the test ends. Where none does, ports read as
 * a bus without a device, 0xFF, what is written is lost, and there is no memory. */
struct made_device {
    uint8_t (*read)(uint64_t offset);
    void (*write)(uint64_t offset, uint8_t value);
    void *memory;
};
void make_up(const char *server, unsigned number, struct made_device device);

/* The device, an interrupt, strikes: whether anybody listens. */
bool strikes(const char *server, unsigned number);

/* The kernel prints: for the server that has the console. */
void kernel_prints(const char *text);
