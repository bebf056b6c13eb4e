#include "core/status.h"

const char *status_sentence(int code)
{
    static const char *const sentences[STATUS_COUNT] = {
        "success",
        "an argument is outside its contract",
        "no free memory is long enough",
        "the owner's quota is full",
        "the other side has ended",
        "the time given has passed",
        "the call would wait for itself",
        "the handle does not allow it",
        "the other side does not take that",
    };
    unsigned index = code < 0 ? 0U - (unsigned)code : (unsigned)code;
    return index < STATUS_COUNT ? sentences[index] : "unknown status code";
}
