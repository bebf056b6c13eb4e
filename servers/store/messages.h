/* What the store is asked: values by keys. A key is at most STORE_KEY_BYTES - 1 characters, and ends with '\0'; a value is up to
 * STORE_VALUE_BYTES_MAX bytes, within the message up to STORE_SHORT_BYTES, else as a gift.
 *
 *   store_put      a short value: 0; -EQUOTA, all that the store may hold is in use, and what was there is as before
 *   store_put_long a value that the message carries, which it becomes without being copied. What the store may not hold does not
 *                  arrive: -EQUOTA
 *   store_get      how long it is, and a short one; a long one is carried by the answer, for who accepts STORE_VALUE_BLOCKS_MAX
 *                  blocks: -EREFUSED else. -EINVARG: there is no such key
 *   store_delete   0; -EINVARG: there is no such key
 *   store_list     the keys behind `after` ("": from the first one), in order, as many as fit; none: that is all */
#pragma once

#include "servers/library/messages.h"

enum {
    STORE_KEY_BYTES = 24,
    STORE_SHORT_BYTES = 400,
    STORE_KEYS_AT_ONCE = 20,
    STORE_VALUE_BYTES_MAX = 1 << 20,
    STORE_VALUE_BLOCKS_MAX = STORE_VALUE_BYTES_MAX / 4096,
};

/* clang-format off */
#define STORE_MESSAGES(X)                                                                                            \
    X(1, store_put, ASK(char key[STORE_KEY_BYTES]; uint64_t bytes; uint8_t value[STORE_SHORT_BYTES];), ANSWER())     \
    X(2, store_put_long, ASK(char key[STORE_KEY_BYTES]; uint64_t bytes;), ANSWER())                                  \
    X(3, store_get, ASK(char key[STORE_KEY_BYTES];), ANSWER(uint64_t bytes; uint8_t value[STORE_SHORT_BYTES];))      \
    X(4, store_delete, ASK(char key[STORE_KEY_BYTES];), ANSWER())                                                    \
    X(5, store_list, ASK(char after[STORE_KEY_BYTES];),                                                              \
      ANSWER(uint64_t count; char keys[STORE_KEYS_AT_ONCE][STORE_KEY_BYTES];))
/* clang-format on */

STORE_MESSAGES(MESSAGE_DECLARE)
