/* Is what the loader left a handoff that this kernel understands? */
#pragma once

#include "boot/handoff.h"

/* NULL when it is; else what is wrong, as a sentence without a full stop. Portable.
 *   handoff  where `address` is mapped; the first 16 bytes are readable, the rest when those are right
 *   address  physical, as the loader gave it */
const char *handoff_refusal(const struct handoff *handoff, uint64_t address);
