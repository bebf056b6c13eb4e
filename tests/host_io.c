/* ipc/io.h for the servers of a host test, over devices that the test makes up (tests/test_server.h). */
#include "ipc/io.h"

#include <string.h>

#include "core/device.h"
#include "core/status.h"
#include "ipc/server.h"
#include "tests/host_io.h"
#include "tests/host_threads.h"
#include "tests/test_server.h"

enum { ROWS_MAX = 64, DEVICES_MAX_HERE = 16, NOBODY = 0xFF, TEXT_BYTES = 4096 };

struct io_mock {
    struct made_device device;
    struct host_thread *listener;
    uint64_t events;
};

static struct io_mock mocks[ROWS_MAX][DEVICES_MAX_HERE];
static char printed[TEXT_BYTES]; /* and not taken */
static size_t printed_bytes;

void host_io_begin(void)
{
    memset(mocks, 0, sizeof mocks);
    printed_bytes = 0;
}

static size_t row_named(const char *server)
{
    size_t row = 0;
    while (row < server_count && strcmp(server_descriptions[row].name, server) != 0) {
        row++;
    }
    assert_true(row < server_count);
    return row;
}

/* Of the calling server; NULL: it has none of that number. */
static struct io_mock *find(uint64_t number)
{
    size_t row = row_named(host_self()->name);
    return number < server_descriptions[row].device_count ? &mocks[row][number] : NULL;
}

static uint8_t kind_of(uint64_t number)
{
    return server_descriptions[row_named(host_self()->name)].devices[number].kind;
}

void make_up(const char *server, unsigned number, struct made_device device)
{
    assert_true(number < server_descriptions[row_named(server)].device_count);
    mocks[row_named(server)][number].device = device;
}

int io_read8(uint64_t device, uint64_t offset)
{
    const struct io_mock *mock = find(device);
    if (mock != NULL && kind_of(device) == DEVICE_CONSOLE) {
        return mock->device.read != NULL ? mock->device.read(offset) : -EDEAD;
    }
    if (mock == NULL || kind_of(device) != DEVICE_PORTS) {
        return mock == NULL ? -EINVARG : -EPERM;
    }
    return mock->device.read != NULL ? mock->device.read(offset) : NOBODY;
}

int io_write8(uint64_t device, uint64_t offset, uint8_t value)
{
    const struct io_mock *mock = find(device);
    if (mock == NULL || kind_of(device) != DEVICE_PORTS) {
        return mock == NULL ? -EINVARG : -EPERM;
    }
    if (mock->device.write != NULL) {
        mock->device.write(offset, value);
    }
    return 0;
}

void *io_memory(uint64_t device)
{
    const struct io_mock *mock = find(device);
    return mock != NULL ? mock->device.memory : NULL;
}

int io_listen(uint64_t device, uint64_t events)
{
    struct io_mock *mock = find(device);
    if (mock == NULL || (kind_of(device) != DEVICE_INTERRUPT && kind_of(device) != DEVICE_CONSOLE)) {
        return mock == NULL ? -EINVARG : -EPERM;
    }
    mock->listener = host_self();
    mock->events = events;
    return 0;
}

int io_done(uint64_t device)
{
    return find(device) == NULL ? -EINVARG : kind_of(device) == DEVICE_INTERRUPT ? 0 : -EPERM;
}

int io_take(uint64_t device, struct message *message)
{
    if (find(device) == NULL || kind_of(device) != DEVICE_CONSOLE) {
        return find(device) == NULL ? -EINVARG : -EPERM;
    }
    size_t bytes = printed_bytes < sizeof message->word ? printed_bytes : sizeof message->word;
    memcpy(message->word, printed, bytes);
    memmove(printed, printed + bytes, printed_bytes - bytes);
    printed_bytes -= bytes;
    return (int)bytes;
}

static bool tell(const struct io_mock *mock)
{
    bool listens = mock->listener != NULL && mock->listener->lives;
    if (listens) {
        host_post(mock->listener, mock->events);
        host_attend();
    }
    return listens;
}

bool strikes(const char *server, unsigned number)
{
    return tell(&mocks[row_named(server)][number]);
}

void kernel_prints(const char *text)
{
    for (; *text != '\0'; text++) {
        assert_true(printed_bytes < sizeof printed);
        printed[printed_bytes++] = *text;
    }
    for (size_t row = 0; row < server_count; row++) {
        for (uint16_t i = 0; i < server_descriptions[row].device_count; i++) {
            if (server_descriptions[row].devices[i].kind == DEVICE_CONSOLE) {
                (void)tell(&mocks[row][i]);
            }
        }
    }
}
