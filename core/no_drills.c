/* In the place of the drills, in the image that ships. */
#include "core/drill.h"

#include "core/status.h"

const bool drills_are_here = false;

int command_drill(void *context, const char *arguments, print_text *print)
{
    (void)context, (void)arguments;
    print("error: drills are in an image of their own; ./tessera run --drills boots it\n");
    return -EINVARG;
}
