#include "mm/bench.h"

#include "core/status.h"
#include "mm/kheap.h"
#include "mm/owner.h"

enum {
    SAMPLES = 31, /* odd: the median is one of them */
    STAND_BYTES = 64 * 1024,
    STAND_FILL_MAX = 512, /* runs that are taken to have what is free elsewhere out of the way */
    WARM_UPS = 256,
    ROUNDS = 12, /* of an object of each class: until slabs are as long as they get */
};

/* What an operation works on. */
struct subject {
    size_t bytes;
    void *pointer;
};

static const void *refused; /* the bad free that is under way; else NULL */

bool bench_expects(const struct heap_refusal *refusal)
{
    return refusal->pointer == refused; /* a refused pointer is never NULL */
}

static void allocate_and_free(struct subject *subject)
{
    kfree(kmalloc(subject->bytes));
}

static void allocate(struct subject *subject)
{
    subject->pointer = kmalloc(subject->bytes);
}

static void free_again(struct subject *subject)
{
    kfree(subject->pointer);
}

static void nothing(struct subject *subject)
{
    (void)subject;
}

/* Counts that the operation takes, and reading the counter. Not inlined, so that the latter is always the same. */
__attribute__((noinline)) static uint64_t count(const struct bench *bench, void (*operation)(struct subject *),
                                                struct subject *subject)
{
    uint64_t before = bench->now();
    operation(subject);
    return bench->now() - before;
}

static void sort(uint64_t *samples)
{
    for (size_t i = 1; i < SAMPLES; i++) {
        uint64_t sample = samples[i];
        size_t at = i;
        for (; at > 0 && samples[at - 1] > sample; at--) {
            samples[at] = samples[at - 1];
        }
        samples[at] = sample;
    }
}

static void print_figure(const char *name, uint64_t least, uint64_t median, uint64_t most, print_fn *print)
{
    print("bench: %s %llu %llu %llu\n", name, (unsigned long long)least, (unsigned long long)median,
          (unsigned long long)most);
}

static void print_samples(const char *name, uint64_t *samples, uint64_t overhead, print_fn *print)
{
    sort(samples);
    print_figure(name, samples[0] - overhead, samples[SAMPLES / 2] - overhead, samples[SAMPLES - 1] - overhead,
                 print);
}

/* Reading the counter, around nothing. */
static uint64_t measure_overhead(const struct bench *bench)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < SAMPLES; i++) {
        uint64_t sample = count(bench, nothing, NULL);
        least = sample < least ? sample : least;
    }
    return least;
}

/* A pair at a time, and one more of the same size held after each: from an empty place to a well used one. */
static int measure_pairs(const struct bench *bench, size_t bytes, uint64_t *samples)
{
    struct subject subject = {.bytes = bytes};
    void *held[SAMPLES];
    size_t taken = 0;
    while (taken < SAMPLES) {
        samples[taken] = count(bench, allocate_and_free, &subject);
        held[taken] = kmalloc(bytes);
        if (held[taken] == NULL) {
            break;
        }
        taken++;
    }
    for (size_t i = 0; i < taken; i++) {
        kfree(held[i]);
    }
    return taken == SAMPLES ? 0 : -ENOMEM;
}

/* Where runs are measured: behind a run that ends on the boundary of the longest of them, with all else that is free and
 * fits taken. So no figure depends on where the heap starts, and with it on the size of the image. */
struct stand {
    char *run;
    void **taken; /* each names the next in its first word */
};

static void stand_begin(struct stand *stand, size_t bytes)
{
    stand->run = kmalloc_aligned(STAND_BYTES, STAND_BYTES);
    stand->taken = NULL;
    for (size_t i = 0; stand->run != NULL && i < STAND_FILL_MAX; i++) {
        void **taken = kmalloc(bytes);
        if (taken == NULL || (char *)taken == stand->run + STAND_BYTES) {
            kfree(taken);
            break;
        }
        *taken = stand->taken;
        stand->taken = taken;
    }
}

static void stand_end(const struct stand *stand)
{
    for (void **taken = stand->taken; taken != NULL;) {
        void **next = *taken;
        kfree(taken);
        taken = next;
    }
    kfree(stand->run);
}

/* Pairs after a first time: what the heap writes once only was written. */
static int measure_runs(const struct bench *bench, size_t bytes, uint64_t *samples)
{
    struct subject subject = {.bytes = bytes};
    struct stand stand;
    void *held[SAMPLES];
    stand_begin(&stand, bytes);
    for (size_t i = 0; i < SAMPLES; i++) {
        held[i] = kmalloc(bytes);
    }
    for (size_t i = 0; i < SAMPLES; i++) {
        kfree(held[i]);
    }
    for (size_t i = 0; i < WARM_UPS; i++) {
        allocate_and_free(&subject);
    }
    int status = measure_pairs(bench, bytes, samples);
    stand_end(&stand);
    return status;
}

/* A double free, while a neighbour keeps the memory around it in use. */
static int measure_refusals(const struct bench *bench, size_t bytes, uint64_t *samples)
{
    struct subject subject = {.pointer = kmalloc(bytes)};
    void *neighbour = kmalloc(bytes);
    bool room = neighbour != NULL; /* then there was for the one before it */
    kfree(subject.pointer);
    refused = subject.pointer;
    for (size_t i = 0; room && i < SAMPLES; i++) {
        samples[i] = count(bench, free_again, &subject);
    }
    refused = NULL;
    kfree(neighbour);
    return room ? 0 : -ENOMEM;
}

struct worst {
    uint64_t kmalloc, kfree;
};

/* The single calls that take longest: an object of each class in turn, off memory that nobody has used, so that slabs of every length
 * are made; then the same back, so that they go. */
static struct worst measure_worst(const struct bench *bench)
{
    struct worst worst = {0, 0};
    void **taken = NULL; /* each names the one before it in its first word */
    for (size_t i = 0; i < ROUNDS * SIZE_CLASSES; i++) {
        struct subject subject = {.bytes = size_classes[i % SIZE_CLASSES].size};
        uint64_t sample = count(bench, allocate, &subject);
        if (subject.pointer == NULL) {
            break;
        }
        worst.kmalloc = sample > worst.kmalloc ? sample : worst.kmalloc;
        *(void **)subject.pointer = (void *)taken;
        taken = subject.pointer;
    }
    while (taken != NULL) {
        struct subject subject = {.pointer = (void *)taken};
        taken = *taken;
        uint64_t sample = count(bench, free_again, &subject);
        worst.kfree = sample > worst.kfree ? sample : worst.kfree;
    }
    return worst;
}

/* Of the kernel, and of an owner who can end. 0, or why there is none. */
static int print_worst(const struct bench *bench, uint64_t overhead, print_fn *print)
{
    struct reclaim_report report;
    owner_t owner;
    struct worst kernel = measure_worst(bench);
    int status = owner_create("bench", OWNER_NO_QUOTA, &owner);
    if (status != 0) {
        return status;
    }
    (void)kheap_act_as(owner);
    struct worst other = measure_worst(bench);
    (void)kheap_act_as(OWNER_KERNEL);
    (void)kheap_reclaim(owner, &report);
    const uint64_t most[] = {kernel.kmalloc - overhead, kernel.kfree - overhead, other.kmalloc - overhead,
                             other.kfree - overhead};
    static const char *const names[] = {"worst_kmalloc", "worst_kfree", "worst_kmalloc_owner", "worst_kfree_owner"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        print_figure(names[i], most[i], most[i], most[i], print);
    }
    return 0;
}

static int print_error(const char *name, int status, print_fn *print)
{
    print("error: %s: %s\n", name, status_sentence(status));
    return status;
}

int command_bench(void *context, const char *arguments, print_fn *print)
{
    static const struct {
        const char *name;
        int (*measure)(const struct bench *bench, size_t bytes, uint64_t *samples);
        size_t bytes;
    } figures[] = {
        {"kfree_refused", measure_refusals, 64},        /* a double free */
        {"kmalloc_kfree_64", measure_pairs, 64},        /* a small object */
        {"kmalloc_kfree_4096", measure_runs, 4096},     /* one block */
        {"kmalloc_kfree_16k", measure_runs, 16 * 1024}, /* a few */
        {"kmalloc_kfree_64k", measure_runs, 64 * 1024}, /* a run in any case */
    };
    const struct bench *bench = context;
    (void)arguments;
    uint64_t overhead = measure_overhead(bench);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        uint64_t samples[SAMPLES];
        int status = figures[i].measure(bench, figures[i].bytes, samples);
        if (status != 0) {
            return print_error(figures[i].name, status, print);
        }
        print_samples(figures[i].name, samples, overhead, print);
    }
    int without_worst = print_worst(bench, overhead, print);
    if (without_worst != 0) {
        return print_error("worst_kmalloc_owner", without_worst, print);
    }
    for (size_t i = 0; i < bench->other_count; i++) {
        uint64_t samples[SAMPLES];
        int status = bench->others[i].measure(samples, SAMPLES);
        if (status != 0) {
            return print_error(bench->others[i].name, status, print);
        }
        print_samples(bench->others[i].name, samples, 0, print);
    }
    print_figure("kheap_init", bench->kheap_init, bench->kheap_init, bench->kheap_init, print);
    print_figure("boot_to_user", bench->boot_to_user, bench->boot_to_user, bench->boot_to_user, print);
    print_figure("boot_to_ready", bench->boot_to_ready, bench->boot_to_ready, bench->boot_to_ready, print);
    print_figure("boot_calibration", bench->boot_calibration, bench->boot_calibration, bench->boot_calibration,
                 print);
    return 0;
}
