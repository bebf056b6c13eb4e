#include "core/handoff.h"

#include <stdbool.h>
#include <stddef.h>

static bool ends_in_time(const char *name)
{
    for (int i = 0; i < BOOT_MODULE_NAME_BYTES; i++) {
        if (name[i] == '\0') {
            return true;
        }
    }
    return false;
}

static const char *modules_refusal(const struct handoff *handoff)
{
    if (handoff->module_count > BOOT_MODULES_MAX) {
        return "the handoff names more boot modules than it has room for";
    }
    for (uint32_t i = 0; i < handoff->module_count; i++) {
        const struct boot_module *module = &handoff->modules[i];
        if (module->start > module->end || !ends_in_time(module->name)) {
            return "a boot module of the handoff has no end";
        }
    }
    return NULL;
}

static const char *image_refusal(const struct handoff *handoff)
{
    if (handoff->image_start % BLOCK_BYTES != 0 || handoff->image_end % BLOCK_BYTES != 0 ||
        handoff->image_start >= handoff->image_end) {
        return "the handoff's image is not a range of pages";
    }
    return NULL;
}

const char *handoff_refusal(const struct handoff *handoff, uint64_t address)
{
    if (handoff->magic != HANDOFF_MAGIC) {
        return "the loader left no handoff";
    }
    if (handoff->version != HANDOFF_VERSION || handoff->bytes != sizeof *handoff) {
        return "the handoff is of another version than the kernel";
    }
    if (handoff->self != address || address > LOW_MEMORY_BYTES - sizeof *handoff) {
        return "the handoff lies elsewhere than it says, or not below 1 MiB";
    }
    const char *refusal = image_refusal(handoff);
    return refusal != NULL ? refusal : modules_refusal(handoff);
}
