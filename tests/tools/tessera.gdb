# What ./tessera debug gives gdb beside the kernel's symbols. The target is attached and stands at its first
# instruction, in real mode, with the kernel not loaded yet: hence breakpoints of the processor's own (hbreak).
set confirm off
set pagination off
set print pretty on
set print inferior-events off
set disassemble-next-line auto
hbreak kernel_entry

# QEMU reads physical memory for gdb while this is on, so that tables are found whatever is mapped.
define tessera-physical
    pipe maintenance packet Qqemu.PhyMemMode:$arg0 | cat >/dev/null
end
document tessera-physical
tessera-physical 1: addresses are physical from now on. tessera-physical 0: virtual again.
end

define tessera-serial
    shell cat "$TESSERA_SERIAL"
end
document tessera-serial
What the machine has printed on its serial line so far.
end

define tessera-map
    set $i = 0
    printf "%u entries from the firmware\n", firmware.count
    while $i < firmware.count
        printf "0x%016lx 0x%016lx type %u\n", firmware.entries[$i].base, firmware.entries[$i].length, firmware.entries[$i].type
        set $i = $i + 1
    end
end
document tessera-map
The firmware's memory map as core/e820.c read it: base, length, type.
end

define tessera-plan
    set $i = 0
    printf "%lu reserved\n", plan.reserved_count
    while $i < plan.reserved_count
        printf "0x%012lx-0x%012lx %s\n", plan.reserved[$i].range.start, plan.reserved[$i].range.end, plan.reserved[$i].name
        set $i = $i + 1
    end
    set $i = 0
    printf "%lu heap regions\n", plan.region_count
    while $i < plan.region_count
        printf "0x%012lx-0x%012lx table, blocks up to 0x%012lx\n", plan.regions[$i].table.start, plan.regions[$i].table.end, plan.regions[$i].blocks.end
        set $i = $i + 1
    end
end
document tessera-plan
Where the plan puts everything, once it is made: physical addresses, ends exclusive.
end

define tessera-heap
    printf "%lu blocks used, peak %lu\n", kheap.peak - kheap.below, kheap.peak
    set $i = 0
    while $i < kheap.count
        set $heap = kheap.regions[$i].heap
        printf "0x%lx: %lu blocks, free runs of lengths 0x%lx, longer ones 0x%lx\n", $heap->start, $heap->table.total, $heap->bins.filled[0], $heap->bins.filled[1]
        set $i = $i + 1
    end
end
document tessera-heap
The kernel heap region by region: its first block's address, and which of its bins list something (mm/bins.h).
end

define tessera-tables
    set $virtual = (unsigned long)$arg0
    set $table = $cr3 & 0x000ffffffffff000
    set $shift = 39
    tessera-physical 1
    while $shift >= 12
        set $entry = *(unsigned long *)($table + (($virtual >> $shift) & 511) * 8)
        printf "bit %2d: entry 0x%016lx in the table at 0x%lx\n", $shift, $entry, $table
        set $table = $entry & 0x000ffffffffff000
        set $shift = ($entry & 1) == 0 || (($entry & 0x80) != 0 && $shift < 39) ? 0 : $shift - 9
    end
    tessera-physical 0
end
document tessera-tables
tessera-tables ADDRESS: the page-table entries that a virtual address goes through, from the top.
end

printf "The machine stands at its first instruction. 'continue' goes on to the kernel's, kernel_entry.\n"
printf "Commands of our own: tessera-serial, -map, -plan, -heap, -tables ADDRESS, -physical 0|1.\n"
