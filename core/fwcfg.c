#include "core/fwcfg.h"

#include "core/cpu.h"
#include "core/string.h"

enum {
    SELECTOR = 0x510,
    DATA = 0x511,
    KEY_SIGNATURE = 0x00,
    KEY_DIRECTORY = 0x19,
    NAME_BYTES = 56,
    DIRECTORY_ENTRIES_MAX = 256, /* QEMU makes a few dozen; a wrong count must not keep us here */
};

/* One entry of the directory, numbers big-endian. */
struct directory_entry {
    uint32_t bytes;
    uint16_t select;
    uint16_t reserved;
    char name[NAME_BYTES];
};

static void select_key(uint16_t key)
{
    cpu_out16(SELECTOR, key);
}

static void read_on(void *to, uint32_t bytes)
{
    cpu_in8_string(DATA, to, bytes);
}

static bool device_present(void)
{
    char signature[4];
    select_key(KEY_SIGNATURE);
    read_on(signature, sizeof signature);
    return memcmp(signature, "QEMU", sizeof signature) == 0;
}

bool fwcfg_find(const char *name, struct fwcfg_file *file)
{
    uint32_t count = 0;
    if (!device_present()) {
        return false;
    }
    select_key(KEY_DIRECTORY);
    read_on(&count, sizeof count);
    count = __builtin_bswap32(count);
    for (uint32_t i = 0; i < count && i < DIRECTORY_ENTRIES_MAX; i++) {
        struct directory_entry entry = {0};
        read_on(&entry, sizeof entry);
        entry.name[NAME_BYTES - 1] = '\0';
        if (strcmp(entry.name, name) == 0) {
            *file = (struct fwcfg_file){__builtin_bswap16(entry.select), __builtin_bswap32(entry.bytes)};
            return true;
        }
    }
    return false;
}

void fwcfg_read(const struct fwcfg_file *file, void *to, uint32_t bytes)
{
    select_key(file->select);
    read_on(to, bytes);
}
