#include "core/timer_queue.h"

#include "core/assert.h"

static bool comes_before(const struct timer *a, const struct timer *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->number < b->number;
}

static uint32_t rank_of(const struct timer *timer)
{
    return timer != NULL ? timer->rank : 0;
}

/* Makes T3 true of a timer, where it is true of those below. Whether its rank has changed. */
static bool settle(struct timer *timer)
{
    if (rank_of(timer->left) < rank_of(timer->right)) {
        struct timer *longer = timer->right;
        timer->right = timer->left;
        timer->left = longer;
    }
    uint32_t before = timer->rank;
    timer->rank = rank_of(timer->right) + 1;
    return timer->rank != before;
}

/* One tree of two, either of which may be none: their ways down to the right are merged like two sorted lists, and
 * then settled from below. */
static struct timer *merge(struct timer *a, struct timer *b)
{
    struct timer *top = NULL, *last = NULL, **link = &top;
    while (a != NULL && b != NULL) {
        bool swapped = comes_before(b, a);
        struct timer *next = swapped ? b : a;
        b = swapped ? a : b;
        a = next->right;
        next->parent = last;
        *link = next;
        link = &next->right;
        last = next;
    }
    struct timer *rest = a != NULL ? a : b;
    *link = rest;
    if (rest != NULL) {
        rest->parent = last;
    }
    for (; last != NULL; last = last->parent) {
        settle(last);
    }
    return top;
}

void timer_insert(struct timer_queue *queue, struct timer *timer, uint64_t deadline)
{
    kassert(!timer_queued(timer), "timer: inserted while it is queued");
    *timer = (struct timer){.deadline = deadline, .number = queue->next_number++, .rank = 1};
    queue->first = merge(queue->first, timer);
}

/* The ranks above the place that change all fall or all rise. One that falls is then one more than that below it on
 * the way, one that rises was so before: either way there are no more of them than the highest rank. */
bool timer_remove(struct timer_queue *queue, struct timer *timer)
{
    if (!timer_queued(timer)) {
        return false;
    }
    kassert(timer->parent != NULL || queue->first == timer, "timer: removed from a queue that it is not in");
    struct timer *parent = timer->parent, *below = merge(timer->left, timer->right);
    if (below != NULL) {
        below->parent = parent;
    }
    if (parent == NULL) {
        queue->first = below;
    } else if (parent->left == timer) {
        parent->left = below;
    } else {
        parent->right = below;
    }
    while (parent != NULL && settle(parent)) {
        parent = parent->parent;
    }
    timer->rank = 0;
    return true;
}

struct timer *timer_pop_due(struct timer_queue *queue, uint64_t now)
{
    struct timer *first = queue->first;
    if (first == NULL || first->deadline > now) {
        return NULL;
    }
    timer_remove(queue, first);
    return first;
}

static const char *broken_rule(const struct timer_queue *queue, const struct timer *timer)
{
    const struct timer *left = timer->left, *right = timer->right;
    if ((left != NULL && (left->parent != timer || left == right)) || (right != NULL && right->parent != timer)) {
        return "T1: a timer below another one knows it as its parent, and is there once";
    }
    if ((left != NULL && !comes_before(timer, left)) || (right != NULL && !comes_before(timer, right))) {
        return "T2: a timer comes before those below it";
    }
    if (timer->rank != rank_of(right) + 1 || rank_of(left) < rank_of(right)) {
        return "T3: a timer's rank is one more than the right one's, and the left one's is no less";
    }
    return timer->number < queue->next_number ? NULL : "T4: a timer's number was given by its queue";
}

/* The next one of the tree, each before those below it, left before right. */
static const struct timer *successor(const struct timer *timer)
{
    if (timer->left != NULL || timer->right != NULL) {
        return timer->left != NULL ? timer->left : timer->right;
    }
    while (timer->parent != NULL && (timer->parent->right == timer || timer->parent->right == NULL)) {
        timer = timer->parent;
    }
    return timer->parent != NULL ? timer->parent->right : NULL;
}

/* T1 of all those visited makes them a tree, which no walk leaves or goes round in. */
const char *timer_queue_check(const struct timer_queue *queue)
{
    if (queue->first != NULL && queue->first->parent != NULL) {
        return "T1: the first timer has no parent";
    }
    for (const struct timer *timer = queue->first; timer != NULL; timer = successor(timer)) {
        const char *broken = broken_rule(queue, timer);
        if (broken != NULL) {
            return broken;
        }
    }
    return NULL;
}
