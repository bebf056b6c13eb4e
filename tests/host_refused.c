/* For tests in which no free may be refused; the others mock the hook. */
#include "core/assert.h"
#include "mm/heap.h"

void heap_refused(const struct heap_refusal *refusal)
{
    kassert_failed(free_fault_sentence(refusal->fault), __FILE__, __LINE__);
}
