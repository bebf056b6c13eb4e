#include "ipc/drill_parley.h"

#include "boot/layout.h"
#include "core/console.h"
#include "core/thread.h"
#include "ipc/drill_user.h"
#include "ipc/elf.h"
#include "ipc/parley.h"
#include "ipc/program.h"
#include "ipc/setup.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/paging.h"

enum {
    PRIORITY = 9, /* the monitor, with 10, waits */
    STACK_PAGES = 2,
    HANDLES = 8,
    UNJUDGED = 1 << 30,
    EVENT_ENDED = 1,
};

/* servers/images.asm */
extern const uint8_t parley_image[], parley_image_end[];

static struct {
    struct ipc_endpoint answer, self, judge, nobody;
    struct handle_table *handles, *judges;
    handle_t to_self; /* the judge's */
    thread_id monitor;
    uint64_t verdict;
} field;

static handle_t give(struct handle_table *table, struct ipc_endpoint *endpoint, uint64_t badge, uint16_t rights)
{
    return handle_give(table, endpoint, &endpoint->handles, &(struct handle){.badge = badge, .rights = rights});
}

/* What enum parley_handle says, in its order. */
static void give_handles(void)
{
    handle_table_init(field.handles, HANDLES);
    handle_table_init(field.judges, HANDLES);
    (void)give(field.handles, &field.answer, PARLEY_ANSWER, HANDLE_RIGHTS);
    (void)give(field.handles, &field.self, PARLEY_SELF, HANDLE_RIGHTS);
    (void)give(field.handles, &field.answer, PARLEY_MUTE, HANDLE_NOTIFY);
    (void)give(field.handles, &field.nobody, PARLEY_NOBODY, HANDLE_RIGHTS);
    (void)give(field.handles, &field.judge, PARLEY_JUDGE, HANDLE_CALL);
    field.to_self = give(field.judges, &field.self, PARLEY_SELF, HANDLE_RIGHTS);
}

static void answer(void *unused)
{
    struct message message;
    (void)unused;
    parley_scrub(&message);
    int status = ipc_receive(&message, IPC_FOREVER);
    while (status == 0) {
        uint64_t token = message.token, type = message.type, words = message.words;
        parley_fill(&message, parley_is_filled(&message, type, words) ? type + 1 : 0, words);
        status = ipc_reply_receive(token, &message, IPC_FOREVER);
    }
}

/* Calls and is answered. */
static bool visit(uint64_t words)
{
    struct message message;
    parley_fill(&message, words, words);
    return ipc_call(field.to_self, &message, IPC_FOREVER) == 0 && parley_is_filled(&message, words + 1, words);
}

static bool visits(void)
{
    struct message message;
    bool good = visit(MESSAGE_WORDS_FAST);
    good = good && visit(PARLEY_LONG);
    good = good && visit(MESSAGE_WORDS_FAST - 1);
    good = good && visit(PARLEY_LONG + 1);
    parley_fill(&message, 1, 1);
    return good && ipc_send(field.to_self, &message, IPC_FOREVER) == 0;
}

static void judge(void *unused)
{
    struct message message;
    bool good = true;
    (void)unused;
    while (ipc_receive(&message, IPC_FOREVER) == 0) {
        bool last = message.type == PARLEY_VERDICT;
        if (last) {
            field.verdict = good ? message.word[0] : UNJUDGED + 1;
        }
        (void)ipc_reply(message.token, &message);
        good = last ? good : visits();
    }
}

static void run_parley(void *unused)
{
    (void)unused;
    parley();
}

/* Lets it run to its end, in ring 3 if `program` says so; without a page there it says nothing that anybody hears. */
static const char *judged(const struct program *program, struct message *page)
{
    struct thread_end end = {.how = THREAD_LIVES};
    struct thread_plan plan = {.name = "parley",
                               .run = run_parley,
                               .priority = PRIORITY,
                               .end = &end,
                               .watcher = field.monitor,
                               .events = EVENT_ENDED};
    thread_id id;
    if (program != NULL) {
        plan.user_entry = program->entry;
        plan.user_stack = program->stack_top;
        plan.space = address_space_cr3(&program->space);
    }
    field.verdict = UNJUDGED;
    if (thread_create(&plan, &id) != 0) {
        return "there is no memory for a thread";
    }
    (void)ipc_use_handles(id, field.handles);
    (void)ipc_bind(&field.self, id);
    if (page != NULL) {
        (void)ipc_use_page(id, page);
    }
    (void)thread_wait(EVENT_ENDED, THREAD_FOREVER);
    if (field.verdict != (program != NULL && page == NULL ? UNJUDGED : 0) || end.how != THREAD_EXITED) {
        kprintf("parley: line %llu\n", (unsigned long long)field.verdict);
        return "a server was not answered as it was to be";
    }
    return NULL;
}

/* The program with a message page. */
static const char *judged_in_ring_3(const struct elf_image *image)
{
    struct program program;
    const char *wrong = "there is no memory for a program";
    struct message *page = kzalloc(HEAP_BLOCK_SIZE);
    if (page != NULL &&
        program_load(&(struct program_plan){.image = image, .stack_pages = STACK_PAGES, .owner = OWNER_KERNEL},
                     &program) == 0) {
        const struct user_page mapped = {USER_MESSAGE_PAGE, paging_physical(page), USER_WRITE};
        if (address_space_map(&program.space, &mapped) == 0) {
            wrong = judged(&program, NULL);
            wrong = wrong == NULL ? judged(&program, page) : wrong;
        }
        program_unload(&program);
    }
    kfree(page);
    return wrong;
}

static const char *both(void)
{
    const struct elf_file file = {parley_image, (uintptr_t)parley_image_end - (uintptr_t)parley_image};
    struct elf_image image;
    const struct elf_refusal refusal = elf_read(&file, &image);
    const char *wrong = refusal.sentence;
    wrong = wrong == NULL ? judged(NULL, NULL) : wrong;
    return wrong == NULL ? judged_in_ring_3(&image) : wrong;
}

static bool start(void (*run)(void *), struct ipc_endpoint *endpoint, thread_id *id)
{
    const struct thread_plan plan = {.name = "judge", .run = run, .priority = PRIORITY};
    if (thread_create(&plan, id) != 0) {
        return false;
    }
    (void)ipc_use_handles(*id, field.judges);
    return ipc_bind(endpoint, *id) == 0;
}

static const char *with_servers(void)
{
    thread_id answering = 0, judging = 0;
    const char *wrong = start(answer, &field.answer, &answering) && start(judge, &field.judge, &judging)
                            ? both()
                            : "there is no memory for a thread";
    (void)thread_kill(judging);
    (void)thread_kill(answering);
    return wrong;
}

const char *drill_parley(void)
{
    const char *wrong = "there is no memory for handles";
    field.answer = field.self = field.judge = field.nobody = (struct ipc_endpoint){.handles = NULL};
    field.monitor = thread_self();
    field.handles = kmalloc(handle_table_bytes(HANDLES));
    field.judges = kmalloc(handle_table_bytes(HANDLES));
    if (field.handles != NULL && field.judges != NULL) {
        give_handles();
        wrong = with_servers();
    }
    kfree(field.handles);
    kfree(field.judges);
    return wrong;
}
