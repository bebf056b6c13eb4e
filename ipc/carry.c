#include "ipc/carry.h"

#include "core/status.h"
#include "mm/grant.h"
#include "mm/handover.h"
#include "mm/kheap.h"
#include "mm/kheap_cut.h"
#include "mm/owner.h"

/* Why the receiver does not take it, or 0. */
static int acceptable(const struct bearer *to, const struct cargo *cargo)
{
    bool gift = (cargo->carries & MESSAGE_GIFT) != 0;
    if ((cargo->carries & ~(uint32_t)MESSAGE_CARRIES) != 0 ||
        (gift && (cargo->gift_blocks == 0 || cargo->gift_blocks > WINDOW_BLOCKS_MAX))) {
        return -EINVARG;
    }
    bool too_much = gift && cargo->gift_blocks > to->blocks;
    return (cargo->carries & ~to->accepts) != 0 || too_much ? -EREFUSED : 0;
}

/* Handles */

/* The handle that is to be handed on; NULL: see the status. */
static struct handle *find_handle(const struct bearer *from, const struct bearer *to, const struct cargo *cargo,
                                  int *status)
{
    struct handle *handle = handle_find(from->handles, cargo->handle, HANDLE_PASS);
    if (handle == NULL) {
        *status = handle_refusal(from->handles, cargo->handle);
    } else if (cargo->rights == 0) {
        *status = -EINVARG;
    } else if ((cargo->rights & ~(uint64_t)handle->rights) != 0) {
        *status = -EPERM;
    } else if (!handle_table_has_room(to->handles) || handle->depth == HANDLE_DEPTH_MAX) {
        *status = -ENOMEM;
    } else {
        return handle;
    }
    return NULL;
}

/* The windows change with the owner, and each of them only if the other can. */

/* What stands in a window is any part of the sender's runs: it becomes one by itself. */
static int hand_over(const struct bearer *from, const struct bearer *to, void *run, size_t blocks)
{
    const struct handover what = {from->owner, to->owner, run, blocks};
    int status = from->space != NULL && blocks != 1 ? kheap_cut(from->owner, run, blocks) : 0;
    status = status == 0 ? kheap_hand_over(&what) : status;
    if (status == -EINVARG && from->space != NULL && kheap_cut(from->owner, run, blocks) == 0) {
        status = kheap_hand_over(&what);
    }
    return status;
}

static int between_windows(const struct bearer *from, const struct bearer *to, void *run, size_t blocks)
{
    struct window_move move = {.from = from->space, .to = to->space, .ptr = run, .blocks = blocks};
    int status = window_find_move(&move);
    status = status == 0 ? grant_tables(to->space, run, blocks) : status;
    status = status == 0 ? hand_over(from, to, run, blocks) : status;
    if (status == 0) {
        window_move(&move);
        window_flush(run, blocks);
    }
    return status;
}

static int into_window(const struct bearer *from, const struct bearer *to, void *run, size_t blocks)
{
    int status = window_map(to->space, run, blocks);
    if (status != 0) {
        return status;
    }
    status = grant_tables(to->space, run, blocks);
    status = status == 0 ? hand_over(from, to, run, blocks) : status;
    if (status != 0) {
        (void)window_unmap(to->space, run, blocks);
    }
    return status;
}

static int out_of_window(const struct bearer *from, const struct bearer *to, void *run, size_t blocks)
{
    int status = window_holds(from->space, run, blocks) ? hand_over(from, to, run, blocks) : -EINVARG;
    if (status == 0) {
        (void)window_unmap(from->space, run, blocks);
        window_flush(run, blocks);
    }
    return status;
}

/* Where the kernel has it; NULL: it is not at the start of a block, or not in the window. */
static void *locate(const struct bearer *from, void *gift)
{
    return (uintptr_t)gift % HEAP_BLOCK_SIZE != 0 ? NULL
           : from->space != NULL                  ? window_pointer((uintptr_t)gift)
                                                  : gift;
}

static int give(const struct bearer *from, const struct bearer *to, struct cargo *cargo)
{
    void *run = locate(from, cargo->gift);
    size_t blocks = cargo->gift_blocks;
    if (run == NULL) {
        return -EINVARG;
    }
    if (from->space != NULL) {
        return to->space != NULL ? between_windows(from, to, run, blocks) : out_of_window(from, to, run, blocks);
    }
    return to->space != NULL ? into_window(from, to, run, blocks) : hand_over(from, to, run, blocks);
}

/* As the receiver names it. */
static void name_gift(const struct bearer *from, const struct bearer *to, struct cargo *cargo)
{
    if (from->space == NULL && to->space != NULL) {
        cargo->gift = (void *)window_address(cargo->gift);
    } else if (from->space != NULL && to->space == NULL) {
        cargo->gift = window_pointer((uintptr_t)cargo->gift);
    }
}

int carry(const struct bearer *from, const struct bearer *to, struct cargo *cargo)
{
    int status = acceptable(to, cargo);
    struct handle *handle = NULL;
    if (status == 0 && (cargo->carries & MESSAGE_HANDLE) != 0) {
        handle = find_handle(from, to, cargo, &status);
    }
    if (status == 0 && (cargo->carries & MESSAGE_GIFT) != 0) {
        status = give(from, to, cargo);
        if (status == 0) {
            name_gift(from, to, cargo);
        }
    }
    if (status == 0 && handle != NULL) {
        cargo->handle = handle_derive(to->handles, handle, (uint16_t)cargo->rights);
    }
    return status;
}
