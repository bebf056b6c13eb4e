/* Values by keys, in the memory that the store's quota allows. */
#include "servers/store/messages.h"

#include "manifest.h"
#include "servers/library/server.h"
#include "servers/log/messages.h"

struct entry {
    struct entry *next;
    char key[STORE_KEY_BYTES];
    uint64_t bytes;
    void *value; /* NULL: of no bytes */
};

struct store {
    struct entry *first; /* by key */
};

/* Keys */

static bool is_key(const char *key)
{
    return key[0] != '\0' && key[STORE_KEY_BYTES - 1] == '\0';
}

static int compare(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++, b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static void copy_key(char *to, const char *from)
{
    bool ended = false;
    for (size_t i = 0; i < STORE_KEY_BYTES; i++) {
        ended = ended || from[i] == '\0';
        to[i] = '\0';
        if (!ended) {
            to[i] = from[i];
        }
    }
}

/* The link to the entry with the key, or to where it belongs. */
static struct entry **find(struct store *store, const char *key)
{
    struct entry **at = &store->first;
    while (*at != NULL && compare((*at)->key, key) < 0) {
        at = &(*at)->next;
    }
    return at;
}

static bool holds(struct entry *const *at, const char *key)
{
    return *at != NULL && compare((*at)->key, key) == 0;
}

/* Values */

static int full(const char *key)
{
    char line[STORE_KEY_BYTES + 24] = "no room for ";
    copy_key(line + 12, key);
    (void)log_line(LOG_HANDLE, LOG_WARNING, line);
    return -EQUOTA;
}

/* `value`, which becomes the store's, under the key; false: there is no room for the entry, and it does not. */
static bool enter(struct store *store, const char *key, void *value, uint64_t bytes)
{
    struct entry **at = find(store, key);
    struct entry *entry = holds(at, key) ? *at : kmalloc(sizeof(struct entry));
    if (entry == NULL) {
        return false;
    }
    if (entry == *at) {
        kfree(entry->value);
    } else {
        copy_key(entry->key, key);
        entry->next = *at;
        *at = entry;
    }
    entry->value = value;
    entry->bytes = bytes;
    return true;
}

static int on_store_put(struct store *store, union store_put *it)
{
    uint64_t bytes = it->ask.bytes;
    if (!is_key(it->ask.key) || bytes > STORE_SHORT_BYTES) {
        return -EINVARG;
    }
    void *value = kmalloc(bytes);
    if (value == NULL && bytes != 0) {
        return full(it->ask.key);
    }
    if (bytes != 0) {
        __builtin_memcpy(value, it->ask.value, bytes);
    }
    if (!enter(store, it->ask.key, value, bytes)) {
        kfree(value);
        return full(it->ask.key);
    }
    return 0;
}

static int on_store_put_long(struct store *store, union store_put_long *it)
{
    struct message *message = message_of(it);
    uint64_t bytes = it->ask.bytes;
    if (!is_key(it->ask.key) || message->gift == NULL || bytes > message->gift_blocks * HEAP_BLOCK_SIZE ||
        bytes > STORE_VALUE_BYTES_MAX) {
        return -EINVARG;
    }
    if (!enter(store, it->ask.key, message->gift, bytes)) {
        return full(it->ask.key);
    }
    (void)server_take_gift(message);
    return 0;
}

/* A copy goes with the answer. */
static int give_copy(const struct entry *entry, struct message *message)
{
    void *copy = server_gift_room(entry->bytes);
    if (copy == NULL) {
        return full(entry->key);
    }
    __builtin_memcpy(copy, entry->value, entry->bytes);
    server_give(message, copy);
    return 0;
}

static int on_store_get(struct store *store, union store_get *it)
{
    if (!is_key(it->ask.key)) {
        return -EINVARG;
    }
    struct entry *const *at = find(store, it->ask.key);
    if (!holds(at, it->ask.key)) {
        return -EINVARG;
    }
    const struct entry *entry = *at;
    it->answer.bytes = entry->bytes;
    __builtin_memset(it->answer.value, 0, STORE_SHORT_BYTES);
    if (entry->bytes > STORE_SHORT_BYTES) {
        return give_copy(entry, message_of(it));
    }
    if (entry->bytes != 0) {
        __builtin_memcpy(it->answer.value, entry->value, entry->bytes);
    }
    return 0;
}

static int on_store_delete(struct store *store, union store_delete *it)
{
    if (!is_key(it->ask.key)) {
        return -EINVARG;
    }
    struct entry **at = find(store, it->ask.key);
    if (!holds(at, it->ask.key)) {
        return -EINVARG;
    }
    struct entry *entry = *at;
    *at = entry->next;
    kfree(entry->value);
    kfree(entry);
    return 0;
}

static int on_store_list(struct store *store, union store_list *it)
{
    if (it->ask.after[STORE_KEY_BYTES - 1] != '\0') {
        return -EINVARG;
    }
    struct entry *const *at = find(store, it->ask.after);
    const struct entry *entry = holds(at, it->ask.after) ? (*at)->next : *at;
    __builtin_memset(&it->answer, 0, sizeof it->answer);
    for (; entry != NULL && it->answer.count < STORE_KEYS_AT_ONCE; entry = entry->next) {
        copy_key(it->answer.keys[it->answer.count++], entry->key);
    }
    return 0;
}

MESSAGE_HANDLER(handle, struct store, STORE_MESSAGES)

void server_run(void)
{
    struct store store = {NULL};
    server_loop(&(struct server){.handle = handle,
                                 .state = &store,
                                 .patience = IPC_FOREVER,
                                 .accepts = MESSAGE_GIFT,
                                 .accepts_blocks = STORE_VALUE_BLOCKS_MAX});
}
