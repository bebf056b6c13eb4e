/* Names for handles: whoever publishes one lets everybody who knows the name have a handle derived from it. */
#include "servers/names/messages.h"

#include "servers/library/server.h"

struct name {
    struct name *next;
    char text[NAMES_BYTES];
    uint64_t badge; /* of who has published it */
    handle_t handle;
    uint32_t rights;
};

struct names {
    struct name *first;
};

static bool is_name(const char *text)
{
    return text[0] != '\0' && text[NAMES_BYTES - 1] == '\0';
}

static bool equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++, b++;
    }
    return *a == *b;
}

/* The link to it, or the last one, which is NULL. */
static struct name **find(struct names *names, const char *text)
{
    struct name **at = &names->first;
    while (*at != NULL && !equal((*at)->text, text)) {
        at = &(*at)->next;
    }
    return at;
}

static int on_names_publish(struct names *names, union names_publish *it)
{
    struct message *message = message_of(it);
    if (!is_name(it->ask.name) || message->handle == 0) {
        return -EINVARG;
    }
    struct name **at = find(names, it->ask.name);
    if (*at != NULL || (message->rights & HANDLE_PASS) == 0 || message->rights == HANDLE_PASS) {
        return -EPERM;
    }
    struct name *name = kmalloc(sizeof *name);
    if (name == NULL) {
        return -EQUOTA;
    }
    *name = (struct name){.badge = message->badge, .rights = message->rights & ~(uint32_t)HANDLE_PASS};
    __builtin_memcpy(name->text, it->ask.name, NAMES_BYTES);
    name->handle = server_take_handle(message);
    *at = name;
    return 0;
}

static int on_names_find(struct names *names, union names_find *it)
{
    const struct name *name = is_name(it->ask.name) ? *find(names, it->ask.name) : NULL;
    if (name == NULL) {
        return -EINVARG;
    }
    server_pass(message_of(it), name->handle, name->rights);
    return 0;
}

static int on_names_withdraw(struct names *names, union names_withdraw *it)
{
    if (!is_name(it->ask.name)) {
        return -EINVARG;
    }
    struct name **at = find(names, it->ask.name);
    struct name *name = *at;
    if (name == NULL) {
        return -EINVARG;
    }
    if (name->badge != message_of(it)->badge) {
        return -EPERM;
    }
    *at = name->next;
    (void)ipc_close(name->handle);
    kfree(name);
    return 0;
}

MESSAGE_HANDLER(handle, struct names, NAMES_MESSAGES)

void server_run(void)
{
    struct names names = {NULL};
    server_loop(
        &(struct server){.handle = handle, .state = &names, .patience = IPC_FOREVER, .accepts = MESSAGE_HANDLE});
}
