/* Status codes, returned negative. 0 is success. */
#pragma once

enum status {
    EINVARG = 1, /* an argument is outside its contract */
    ENOMEM,      /* no free memory is long enough       */
    EQUOTA,      /* the owner's quota is full           */
    EDEAD,       /* the other side has ended            */
    ETIMEDOUT,   /* the time given has passed           */
    ECYCLE,      /* the call would wait for itself      */
    EPERM,       /* the handle does not allow it        */
    EREFUSED,    /* the other side does not take that   */
    STATUS_COUNT,
};

/* The sentence for a code, given negative or positive; never NULL. */
const char *status_sentence(int code);
