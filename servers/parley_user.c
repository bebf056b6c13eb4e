/* servers/parley.c in ring 3. */
#include "ipc/parley.h"

uint64_t server_main(void);

uint64_t server_main(void)
{
    parley();
    return 0;
}
