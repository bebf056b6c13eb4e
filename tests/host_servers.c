/* tests/test_server.h: the servers of the manifest as threads of the host. */
#include "tests/test_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "ipc/figures.h"
#include "ipc/server.h"
#include "ipc/setup.h"
#include "mm/commands.h"
#include "mm/memmap.h"
#include "mm/paging.h"
#include "tests/host_io.h"
#include "tests/host_threads.h"
#include "tests/kheap_fixture.h"
#include "tests/kmalloc_fails.h"

enum {
    HOST_THREADS_MAX = 96,             /* servers first, then the test, then clients; last who tells of memory */
    KERNEL_ROW = HOST_THREADS_MAX - 1, /* where nobody receives */
    FIGURES_ROW = HOST_THREADS_MAX - 2,
    CLIENT_HANDLES = 16,
    TOKEN_CALL_BITS = 48,
    TEST_BADGE = 0xFFFF,
    CLIENT_BADGE = 0xFFFE,
};

static struct host_thread threads[HOST_THREADS_MAX];
static size_t thread_count;
static struct ipc_endpoint endpoints[HOST_THREADS_MAX];
static uint64_t generations;
static size_t held_at_first[HOST_THREADS_MAX];
static bool keeps[HOST_THREADS_MAX];
static size_t used_before, refusals, failing;
static bool failed;

/* What goes wrong in a server's thread must not leave by the test's longjmp. */
_Noreturn void kassert_failed(const char *sentence, const char *file, int line)
{
    fprintf(stderr, "%s:%d: %s\n%s", file, line, sentence, host_log_text);
    abort();
}

_Noreturn void host_stuck(void)
{
    static const char *const states[] = {"does something else", "waits for a message", "waits to send",
                                         "waits to call", "waits for an answer"};
    for (size_t i = 0; i < thread_count; i++) {
        if (threads[i].lives) {
            fprintf(stderr, "%s %s\n", threads[i].name, states[threads[i].party.state]);
        }
    }
    kassert_failed("host: everybody waits, and nobody for a time", __FILE__, __LINE__);
}

void heap_refused(const struct heap_refusal *refusal)
{
    fprintf(stderr, "a free was refused: %s\n", free_fault_sentence(refusal->fault));
    refusals++;
}

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    (void)refusal;
}

/* No server has a space of its own here. */
void paging_flush(uintptr_t address)
{
    (void)address;
    kassert_failed("host: nothing is mapped that could be flushed", __FILE__, __LINE__);
}

struct host_thread *host_numbered(uint64_t number)
{
    return number < thread_count && threads[number].lives ? &threads[number] : NULL;
}

/* Allocations */

void fail_allocation(size_t n)
{
    failing = n;
    failed = false;
}

bool an_allocation_has_failed(void)
{
    return failed;
}

static bool fails(void)
{
    bool now = host_self() < &threads[server_count] && failing != 0 && --failing == 0;
    failed = failed || now;
    return now;
}

/* Threads */

static size_t row_of(const char *server)
{
    for (size_t i = 0; i < server_count; i++) {
        if (strcmp(server_descriptions[i].name, server) == 0) {
            return i;
        }
    }
    fail_msg("there is no server '%s'", server);
    return 0;
}

/* Room for the handles of the manifest and those that come in messages; the kernel's memory. */
static struct handle_table *new_handles(size_t count)
{
    struct handle_table *table = malloc(handle_table_bytes((uint32_t)count));
    assert_non_null(table);
    handle_table_init(table, (uint32_t)count);
    return table;
}

static void give(struct handle_table *table, size_t row, uint32_t rights, uint64_t badge)
{
    const struct handle what = {.rights = (uint16_t)rights, .badge = badge};
    (void)handle_give(table, &endpoints[row], &endpoints[row].handles, &what);
}

static struct handle_table *handles_of(const struct server_description *server)
{
    struct handle_table *table = new_handles(server->may_call_count + server->handles + 1u);
    for (uint16_t i = 0; i < server->may_call_count; i++) {
        const struct server_may_call *call = &server->may_call[i];
        size_t row = call->to == SERVER_OF_KERNEL    ? KERNEL_ROW
                     : call->to == SERVER_OF_FIGURES ? FIGURES_ROW
                                                     : call->to;
        give(table, row, call->rights, call->badge);
    }
    return table;
}

static struct handle_table *handles_of_test(uint64_t badge)
{
    struct handle_table *table = new_handles(server_count + CLIENT_HANDLES);
    for (size_t i = 0; i < server_count; i++) {
        give(table, i, HANDLE_RIGHTS, badge);
    }
    return table;
}

handle_t to(const char *server)
{
    return UINT64_C(1) << HANDLE_SLOT_BITS | row_of(server);
}

/* All but what runs. Never the same tokens twice. */
static struct host_thread *prepare(size_t number, const char *name, int8_t priority)
{
    struct host_thread *thread = &threads[number];
    memset(thread, 0, sizeof *thread);
    thread->name = name;
    party_init(&thread->party, priority);
    thread->party.calls = (uint64_t)number << TOKEN_CALL_BITS | ++generations << 24;
    return thread;
}

static size_t objects_of(owner_t owner)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(owner, &totals), 0);
    size_t count = totals.runs;
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        count += totals.objects[i];
    }
    return count;
}

/* That, and handles. */
static size_t holdings(const struct host_thread *thread)
{
    size_t count = objects_of(thread->owner);
    for (uint32_t i = 0; i < thread->handles->count; i++) {
        count += thread->handles->slots[i].rights != 0;
    }
    return count;
}

size_t holds(const char *server)
{
    return holdings(&threads[row_of(server)]);
}

void may_keep(const char *server)
{
    keeps[row_of(server)] = true;
}

static void start(size_t row)
{
    const struct server_description *server = &server_descriptions[row];
    struct host_thread *thread = prepare(row, server->name, server->priority);
    thread->handles = handles_of(server);
    thread->run = server->run;
    assert_int_equal(owner_create(server->name, server->quota_blocks, &thread->owner), 0);
    assert_true(endpoint_bind(&endpoints[row].endpoint, &thread->party));
    host_thread_start(thread);
    held_at_first[row] = holdings(thread);
}

void starts(const char *server)
{
    size_t row = row_of(server);
    if (threads[row].handles == NULL) {
        start(row);
    }
}

static struct reclaim_report end(struct host_thread *thread)
{
    struct reclaim_report report;
    host_thread_end(thread);
    for (uint32_t i = 0; i < thread->handles->count; i++) {
        struct handle *handle = &thread->handles->slots[i];
        if (handle->rights != 0) {
            struct handle **ring = &handle->endpoint->handles;
            while (handle_revoke_one(handle, ring)) {
            }
            handle_take(handle, ring);
        }
    }
    free(thread->handles);
    thread->handles = NULL;
    assert_int_equal(kheap_reclaim(thread->owner, &report), 0);
    return report;
}

struct reclaim_report ends(const char *server)
{
    struct host_thread *thread = &threads[row_of(server)];
    return thread->handles != NULL ? end(thread) : (struct reclaim_report){0};
}

void client(void (*run)(void))
{
    assert_in_range(thread_count, server_count + 1u, FIGURES_ROW - 1);
    struct host_thread *thread = prepare(thread_count++, "client", 0);
    thread->handles = handles_of_test(CLIENT_BADGE);
    thread->run = run;
    assert_int_equal(owner_create("client", OWNER_NO_QUOTA, &thread->owner), 0);
    host_thread_start(thread);
}

/* What the kernel tells of memory is told of this heap, as the kernel; there is no map of it. */
static void tell_figures(void)
{
    static const struct memmap no_map;
    figures_serve(&(struct memory_view){.map = &no_map, .plan = &plan});
}

static void start_figures(void)
{
    struct host_thread *thread = prepare(FIGURES_ROW, "figures", PRIORITIES - 1);
    thread->run = tell_figures;
    (void)endpoint_bind(&endpoints[FIGURES_ROW].endpoint, &thread->party);
    host_thread_start(thread);
}

/* Tests */

int servers_begin(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, RAM_BYTES / BLOCK * 9 / 10);
    use_plan();
    used_before = kheap_totals().used;
    refusals = 0;
    memset(endpoints, 0, sizeof endpoints);
    memset(keeps, 0, sizeof keeps);
    host_log_clear();
    host_io_begin();
    struct host_thread *test = prepare(server_count, "test", 0);
    thread_count = server_count + 1u;
    assert_int_equal(owner_create("test", OWNER_NO_QUOTA, &test->owner), 0);
    test->handles = handles_of_test(TEST_BADGE);
    host_threads_begin(test);
    assert_int_equal(kheap_act_as(test->owner), 0);
    start_figures();
    for (size_t i = 0; i < server_count; i++) {
        start(i);
    }
    return 0;
}

static bool keeps_too_much(size_t row)
{
    size_t now = holdings(&threads[row]);
    bool too_much = threads[row].lives && !keeps[row] && now > held_at_first[row];
    if (too_much) {
        print_error("%s holds %zu, and held %zu at first\n", threads[row].name, now, held_at_first[row]);
    }
    return too_much;
}

int servers_end(void **state)
{
    (void)state;
    bool bad = refusals != 0;
    for (size_t i = 0; i < thread_count; i++) {
        bad = (i < server_count && threads[i].handles != NULL && keeps_too_much(i)) || bad;
    }
    for (size_t i = 0; i < thread_count; i++) {
        if (i != server_count && threads[i].handles != NULL) {
            (void)end(&threads[i]);
        }
    }
    host_thread_end(&threads[FIGURES_ROW]);
    struct host_thread *test = &threads[server_count];
    free(test->handles);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(test->owner, &report), 0);
    kheap_trim();
    assert_int_equal(kheap_totals().used, used_before);
    assert_null(kheap_check());
    if (bad) {
        print_error("%s", host_log_text);
    }
    return bad;
}
