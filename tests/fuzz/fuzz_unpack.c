/* Packed images that the fuzzer makes up: whatever is in them, no byte outside is read or written. */
#include <stdlib.h>

#include "boot/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ROOM = 4096 };
    uint8_t *to = malloc(ROOM);
    (void)unpack(&(struct unpack){data, (uint32_t)size, to, ROOM});
    free(to);
    return 0;
}
