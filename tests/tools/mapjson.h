/* Memory maps as JSON objects, one after the other: {"name":..,"entries":[{"base":"0x0","length":"0x9fc00","type":1,
 * "size":24,"attr":1},..],"call":"e801"}. `size` and `attr` are optional, other keys are skipped. */
#pragma once

#include "tests/tools/maplog.h"

/* maplog_read for a text that begins with '{'. */
bool mapjson_read(struct maplog *log, const char *text, size_t bytes, const char *name);
