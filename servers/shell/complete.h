/* What a tab makes of the beginning of a word. Portable. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The names that there are: the n-th, NULL when there are no more. */
typedef const char *complete_name(void *context, size_t n);

struct completion {
    size_t matches; /* names that begin with the word                             */
    char more[32];  /* what they all have behind it, and a blank if there is one only */
};

/* Of the word's first `length` characters. */
void complete(const char *word, size_t length, complete_name *name, void *context, struct completion *result);

/* Whether a name begins with the word's first `length` characters. */
bool complete_matches(const char *name, const char *word, size_t length);
