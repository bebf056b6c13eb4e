/* What the kernel's own table of symbols says: reads addresses, prints "FUNCTION OFFSET FILE:LINE", or "?", for each.
 * usage: symbols_probe TABLE < ADDRESSES */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/symbols.h"

enum { TABLE_BYTES_MAX = 1 << 20 };

int main(int count, char **arguments)
{
    static uint8_t bytes[TABLE_BYTES_MAX];
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: symbols_probe TABLE < ADDRESSES\n");
        return 2;
    }
    const struct symbol_table table = {bytes, fread(bytes, 1, sizeof bytes, file)};
    fclose(file);
    for (char line[32]; fgets(line, sizeof line, stdin) != NULL;) {
        struct symbol symbol;
        if (symbols_find(&table, strtoull(line, NULL, 16), &symbol)) {
            printf("%s %" PRIu64 " %s:%u\n", symbol.name, symbol.offset, symbol.file, symbol.line);
        } else {
            printf("?\n");
        }
    }
    return 0;
}
