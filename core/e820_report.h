/* What was odd about the firmware's list, for the boot log. */
#pragma once

#include "core/e820.h"
#include "core/print.h"

/* A line for each oddity that core/e820.c found; nothing for a list without. */
void e820_report(const struct e820_list *list, print_text *print);
