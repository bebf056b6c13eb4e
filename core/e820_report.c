#include "core/e820_report.h"

void e820_report(const struct e820_list *list, print_text *print)
{
    if (list->discarded) {
        print("E820: the list lost its signature and was discarded\n");
    }
    if (list->partial) {
        print("E820: the list lost its signature; lacking another, its beginning is used\n");
    }
    if (list->attributes_distrusted) {
        print("E820: no usable entry is marked valid, so the marks are not obeyed\n");
    }
    if (list->ended == E820_ENDED_BY_LIMIT) {
        print("E820: the list did not end after %u answers\n", list->asked);
    }
    if (list->short_answers != 0) {
        print("E820: %u answers of fewer than %d bytes are no records\n", list->short_answers, E820_RECORD_SIZE_MIN);
    }
    if (list->replaced + list->lost != 0) {
        print("E820: %d answers are kept; %u usable ones gave way, %u more were dropped\n", E820_ANSWERS_MAX,
              list->replaced, list->lost);
    }
}
