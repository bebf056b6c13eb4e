#include "faulty/messages.h"

#include "servers/library/server.h"

enum { OBJECTS = 10, OBJECT_BYTES = 100 };

struct faulty {
    void *objects[OBJECTS];
    void *run;
};

static int on_faulty_write(struct faulty *faulty, union faulty_write *it)
{
    (void)faulty;
    *(volatile char *)it->ask.address = 1;
    return 0;
}

static int on_faulty_execute(struct faulty *faulty, union faulty_execute *it)
{
    (void)faulty, (void)it;
    __builtin_trap();
}

MESSAGE_HANDLER(handle, struct faulty, FAULTY_MESSAGES)

void server_run(void)
{
    struct faulty faulty = {.run = server_gift_room(3 * HEAP_BLOCK_SIZE)};
    for (int i = 0; i < OBJECTS; i++) {
        faulty.objects[i] = kmalloc(OBJECT_BYTES);
    }
    server_loop(&(struct server){.handle = handle, .state = &faulty, .patience = IPC_FOREVER});
}
