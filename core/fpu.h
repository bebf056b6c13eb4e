/* Floating point and SSE, which only ring 3 may use: a thread pays for its state from its first use on, and nobody sees
 * another's, not even speculatively: the registers are cleared when who runs next has no state. */
#pragma once

#include <stdbool.h>

/* Forbids it until somebody asks. Once for each processor. */
void fpu_init(void);

/* Exception 7: the current thread uses it for the first time. False when there is no memory for its state. */
bool fpu_first_use(void);
