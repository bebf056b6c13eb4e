#include "mm/report.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

/* Hashes the low `bytes` bytes of `value`, the lowest first. */
static uint64_t hash_bytes(uint64_t hash, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        hash = (hash ^ ((value >> (8 * i)) & 0xFF)) * FNV_PRIME;
    }
    return hash;
}

uint64_t map_hash(const MemoryMapEntry *entries, size_t count)
{
    uint64_t hash = FNV_OFFSET;
    for (size_t i = 0; i < count; i++) {
        hash = hash_bytes(hash, entries[i].base, 8);
        hash = hash_bytes(hash, entries[i].length, 8);
        hash = hash_bytes(hash, entries[i].type, 4);
    }
    return hash;
}

/* A boot module's name comes from outside; JSON must stay one line of plain text all the same. */
static void print_name(const char *name, print_fn *print)
{
    print("\"");
    for (; *name != '\0'; name++) {
        bool plain = *name >= ' ' && *name <= '~' && *name != '"' && *name != '\\';
        print("%c", plain ? *name : '?');
    }
    print("\"");
}

static void print_bounds(const char *start_key, const char *end_key, struct range range, print_fn *print)
{
    print("\"%s\":\"0x%llx\",\"%s\":\"0x%llx\"", start_key, (unsigned long long)range.start, end_key,
          (unsigned long long)range.end);
}

static void print_reserved(const struct plan *plan, print_fn *print)
{
    print("\"reserved\":[");
    for (size_t i = 0; i < plan->reserved_count; i++) {
        print(i == 0 ? "{\"name\":" : ",{\"name\":");
        print_name(plan->reserved[i].name, print);
        print(",");
        print_bounds("start", "end", plan->reserved[i].range, print);
        print("}");
    }
    print("],");
}

static void print_regions(const struct plan *plan, print_fn *print)
{
    print("\"regions\":[");
    for (size_t i = 0; i < plan->region_count; i++) {
        print(i == 0 ? "{" : ",{");
        print_bounds("start", "end", plan->regions[i].blocks, print);
        print(",");
        print_bounds("table_start", "table_end", plan->regions[i].table, print);
        print("}");
    }
    print("],");
}

void report_certificate(const struct plan *plan, const struct certificate *certificate, print_fn *print)
{
    print("{\"source\":\"%s\",\"phys_bits\":%u,\"page_bits\":%u,", certificate->source, plan->phys_bits,
          plan->page_bits);
    print("\"map_hash\":\"0x%016llx\",", (unsigned long long)certificate->map_hash);
    print("\"image\":[\"0x%llx\",\"0x%llx\"],", (unsigned long long)plan->image.start,
          (unsigned long long)plan->image.end);
    print_reserved(plan, print);
    print_regions(plan, print);
    print("\"usable_bytes\":%llu,\"eligible_bytes\":%llu,\"heap_bytes\":%llu}",
          (unsigned long long)plan->usable_bytes, (unsigned long long)plan->eligible_bytes,
          (unsigned long long)plan->heap_bytes);
}
