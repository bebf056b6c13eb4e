/* For tests in which no quota may be exceeded; the others mock the hook. */
#include "core/assert.h"
#include "mm/owner.h"

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    (void)refusal;
    kassert_failed("host: an owner asked for more than its quota", __FILE__, __LINE__);
}
