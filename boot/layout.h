/* boot/layout.def as C constants; nasm reads the same list, so the two languages cannot drift apart. */
#pragma once

enum {
#define X(name, value) name = (value),
#include "boot/layout.def"
#undef X
};
