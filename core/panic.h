/* The end of the kernel, with a reason. */
#pragma once

/* Prints "panic: " and the sentence, and ends with failure. A panic while one is being printed ends at once. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
