/* What core and mm ask of each other, at link time: each folder knows only its own side. Beside core/main.c the one file that
 * sees both. */
#include "core/hooks.h"

#include <assert.h>

#include "core/assert.h"
#include "core/console.h"
#include "core/device.h"
#include "core/percpu.h"
#include "core/string.h"
#include "core/thread.h"
#include "core/trap.h"
#include "mm/bench.h"
#include "mm/charge.h"
#include "mm/heap_word.h"
#include "mm/kernel_space.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/selfcheck.h"
#include "mm/stacks.h"

enum { TOLD_AT_FIRST = 16 };

/* For whom kmalloc is called while the kernel boots, in interrupts, and by a thread until it says otherwise. */
static struct kheap_context kernel_acting = KHEAP_CONTEXT_AT_BOOT;

/* What stands at an address, for the report of a fault. */
static bool describe_address(uint64_t address, print_text *print)
{
    struct thread_totals totals;
    size_t slot;
    if (stack_guard_at(address, &slot) && thread_totals(slot, &totals)) {
        print("in the guard page of the stack of `%s`", totals.name);
        return true;
    }
    if (!heap_word(address, print)) {
        print("in no region of the heap");
    }
    return true;
}

void hooks_init(void)
{
    boot_cpu.acting = boot_cpu.kernel_acting = &kernel_acting;
    trap_ask(describe_address);
}

size_t heap_used(void)
{
    kheap_trim(); /* what is kept empty would count */
    return kheap_totals().used;
}

size_t heap_live_of(owner_t owner)
{
    struct owner_totals totals;
    if (owner == OWNER_HEAP || owner_totals(owner, &totals) != 0) {
        return 0;
    }
    size_t live = totals.runs;
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        live += totals.objects[class];
    }
    return live;
}

size_t heap_live(void)
{
    size_t live = 0;
    owner_t owner;
    for (size_t slot = 0; slot < OWNER_SLOTS; slot++) {
        live += owner_in_slot(slot, &owner) ? heap_live_of(owner) : 0;
    }
    return live;
}

/* Of threads (core/thread.h). */

int thread_stack_take(size_t blocks, struct thread_stack *stack)
{
    struct stack taken;
    int status = stack_take(blocks, &taken);
    if (status == 0) {
        *stack = (struct thread_stack){taken.bottom, taken.top, taken.slot};
    }
    return status;
}

void thread_stack_give(const struct thread_stack *stack)
{
    stack_give(&(struct stack){stack->bottom, stack->top, stack->slot});
}

uintptr_t thread_stack_top(size_t slot)
{
    return stack_top(slot);
}

bool thread_stack_guard(uintptr_t address, size_t *slot)
{
    return stack_guard_at(address, slot);
}

static_assert(sizeof(struct kheap_context) <= THREAD_ACTING_BYTES, "a thread has room for whom it acts");

void thread_acting_init(void *acting, uint16_t owner)
{
    *(struct kheap_context *)acting = kernel_acting;
    if (owner != OWNER_KERNEL) {
        int status = kheap_context(owner, acting);
        kassert(status == 0, "threads: one is made for an owner that has ended");
    }
}

void *thread_fpu_take(void)
{
    return kmalloc_kernel(THREAD_FPU_BYTES);
}

void thread_fpu_give(void *state)
{
    (void)kheap_free_of(OWNER_KERNEL, state);
}

/* Of devices (core/device.h). */

void *device_window(uint64_t physical, uint64_t bytes)
{
    return kernel_space_device(physical, bytes);
}

/* Of the heap (mm/heap.h, mm/owner.h). */

/* The first ones, and then ever fewer: who asks again and again must not keep others from the console. */
static bool worth_telling(uint64_t *times)
{
    uint64_t n = ++*times;
    return n <= TOLD_AT_FIRST || (n & (n - 1)) == 0;
}

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    static uint64_t times;
    if (selfcheck_expects_quota(refusal) || !worth_telling(&times)) {
        return;
    }
    kprintf("heap: owner 0x%x asked for %zu blocks, holds %zu and may hold %zu\n", (unsigned)refusal->owner,
            refusal->asked, refusal->held, refusal->quota);
}

void heap_refused(const struct heap_refusal *refusal)
{
    if (selfcheck_expects(refusal) || bench_expects(refusal)) {
        return;
    }
    kprintf("heap: free of 0x%llx by owner 0x%x refused: %s\n", (unsigned long long)(uintptr_t)refusal->pointer,
            (unsigned)refusal->caller, free_fault_sentence(refusal->fault));
    if (refusal->heap != NULL && refusal->run.blocks != 0) {
        kprintf("heap: it is in a %s %s of %zu blocks at 0x%llx\n", refusal->run.live ? "live" : "free",
                refusal->object_bytes != 0 ? "slab" : "run", refusal->run.blocks,
                (unsigned long long)heap_block_address(refusal->heap, refusal->run.first));
    }
    if (refusal->run.live) {
        kprintf("heap: owner 0x%x holds that\n", (unsigned)refusal->owner);
    }
}
