/* Assertions: for our own mistakes only. What firmware, a user or a server hands in is refused, not asserted. */
#pragma once

/* Ends with failure: the kernel prints the sentence and stops (core/panic.c); on the host the test fails. */
_Noreturn void kassert_failed(const char *sentence, const char *file, int line);

/* `sentence` says what was broken, for example "heap: a TAIL without a HEAD". In every build. */
#define kassert(condition, sentence) ((condition) ? (void)0 : kassert_failed((sentence), __FILE__, __LINE__))
