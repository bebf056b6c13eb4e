#include "core/percpu.h"

struct percpu boot_cpu;
