"""The BIOS loader under a firmware with quirks: the handoff is compared with what that firmware answered."""
from firmware import (
    BY_CARRY,
    BY_EBX,
    BY_LIMIT,
    BY_SIGNATURE,
    MIB,
    PLAIN,
    RESERVED,
    SMAP,
    USABLE,
    Answer,
    Firmware,
    assembled,
    loader_of,
    with_firmware,
    with_kernel,
)
from loader_boot import dumping, handed_over, refused, refused_under, tessera
from suite import expect

ANSWERS_MAX, ASKED_MAX = 512, 4096


def quirky(check=None, **quirks):
    """The loader starts the kernel under this firmware; `check` looks at the handoff."""

    def case(context):
        handoff = handed_over(with_firmware(context, Firmware(**quirks), dumping(context)), context)
        if check:
            check(handoff)

    return case


def a20_by_fewer_ways(*ports):
    """The loader with its writes to these ports taken out, on a machine that masks line 20 and has no BIOS call."""

    def data(context):
        loader = loader_of(tessera(context))
        for port in ports:
            out = bytes([0xE6, port])
            expect(out in loader, f"no write to port {port:#x}")
            loader = loader.replace(out, b"\x90\x90")
        image = with_kernel(loader, assembled(context, "handoff_dump"))
        return with_firmware(context, Firmware(a20_off=1, a20_refused=1), image)

    return data


def records(answers):
    return [(answer.base, answer.length, answer.type) for answer in answers]


def told(ended, asked, stored=None):
    """All answers arrived, in order, and the end is as said."""

    def check(handoff):
        counts = (handoff.ended, handoff.asked, handoff.stored, handoff.replaced, handoff.lost)
        wanted = (ended, asked, asked if stored is None else stored, 0, 0)
        expect(counts == wanted, f"ended, asked, stored, replaced, lost: {counts} instead of {wanted}")

    return check


def answers_are_raw(handoff):
    """Registers and record as the firmware left them; the attribute word is the loader's 1 where 20 bytes came."""
    told(BY_EBX, len(PLAIN))(handoff)
    expect(records(handoff.answers) == records(PLAIN), str(handoff.answers))
    for i, answer in enumerate(handoff.answers):
        ebx = 0 if i == len(PLAIN) - 1 else 0xFACE0000 + i
        expect((answer.eax, answer.ecx, answer.ebx, answer.carry) == (SMAP, 20, ebx, 0), str(answer))
        expect(answer.attributes == 1, "the attribute word is not preset for each call")


LONG = tuple(Answer(a.base, a.length, a.type, attributes=3 - i, ecx=24) for i, a in enumerate(PLAIN))


def drive_is_0x93(handoff):
    expect(handoff.boot_drive == 0x93, f"drive {handoff.boot_drive:#x}")


def attributes_are_kept(handoff):
    expect([answer.attributes for answer in handoff.answers] == [3, 2, 1], str(handoff.answers))
    expect({answer.ecx for answer in handoff.answers} == {24}, str(handoff.answers))


def last_answer_is(carry, eax):
    def check(handoff):
        expect((handoff.answers[-1].carry, handoff.answers[-1].eax) == (carry, eax), str(handoff.answers[-1]))

    return check


def all_of(*checks):
    return lambda handoff: [check(handoff) for check in checks]


FALLBACK = {"e801_carry": 0, "e801": (15 * 1024, 0x10, 15 * 1024, 0x10), "ext88_carry": 0, "ext88": 15 * 1024}


def fallbacks_are_raw(handoff):
    e801 = (handoff.e801_carry, handoff.e801_ax, handoff.e801_bx, handoff.e801_cx, handoff.e801_dx)
    expect(e801 == (0, 0x1234, 0x10, 15 * 1024, 0x20), f"E801: {e801}")
    expect((handoff.ext88_carry, handoff.ext88_ax) == (1, 0xBEEF), "88h")


def many(count, kind=lambda i: USABLE):
    """PLAIN, then distinct pages from 16 MiB up."""
    return PLAIN + tuple(Answer(16 * MIB + i * 0x2000, 0x1000, kind(i)) for i in range(count - len(PLAIN)))


def exactly_full(handoff):
    told(BY_EBX, ANSWERS_MAX)(handoff)
    expect(records(handoff.answers) == records(many(ANSWERS_MAX)), "other answers than given")


def usable_ones_are_lost(handoff):
    """Beyond the last place, memory that is usable is given up."""
    counts = (handoff.ended, handoff.asked, handoff.stored, handoff.replaced, handoff.lost)
    expect(counts == (BY_EBX, 600, ANSWERS_MAX, 0, 88), str(counts))
    expect(records(handoff.answers) == records(many(600)[:ANSWERS_MAX]), "other answers than the first ones")


LATE_HOLES = many(ANSWERS_MAX) + tuple(Answer(i * 0x1000, 0x1000, 3 + i % 3) for i in range(40))


def reservations_replace_usable_ones(handoff):
    """UUUU...UUUU + rrrr -> the last U become r, latest first."""
    counts = (handoff.ended, handoff.asked, handoff.stored, handoff.replaced, handoff.lost)
    expect(counts == (BY_EBX, ANSWERS_MAX + 40, ANSWERS_MAX, 40, 0), str(counts))
    wanted = records(LATE_HOLES[: ANSWERS_MAX - 40]) + records(LATE_HOLES[ANSWERS_MAX:])[::-1]
    expect(records(handoff.answers) == wanted, "not the last usable ones gave way")


def endless_list_is_ended(handoff):
    counts = (handoff.ended, handoff.asked, handoff.stored)
    expect(counts == (BY_LIMIT, ASKED_MAX, ANSWERS_MAX), str(counts))


def memory_survives_an_endless_reservation(handoff):
    """UUr rrr... for ever: the repeated reservation fills the places, and then pushes nothing out."""
    counts = (handoff.ended, handoff.asked, handoff.stored, handoff.replaced)
    expect(counts == (BY_LIMIT, ASKED_MAX, ANSWERS_MAX, 0), str(counts))
    expect(records(handoff.answers)[:2] == records((PLAIN[0], PLAIN[2])), "usable memory was pushed out")


NON_VOLATILE = Answer(8 * MIB, MIB, USABLE, attributes=3, ecx=24)


def non_volatile_memory_is_kept(handoff):
    """Type 1, but not memory to be had: it takes the place of one that is."""
    expect(handoff.replaced == 1, f"{handoff.replaced} replaced")
    expect(records(handoff.answers)[-1] == records([NON_VOLATILE])[0], "the last answer was lost")


FULL_THEN_CARRY = many(ANSWERS_MAX - 1) + (Answer(0x7FFF000, 0x1000, ebx=9), Answer(0, 0, 5, eax=0x8600, carry=1))


def full_list_that_ends_by_carry(handoff):
    """The failing call replaces nothing and is not counted as lost."""
    counts = (handoff.ended, handoff.asked, handoff.stored, handoff.replaced, handoff.lost)
    expect(counts == (BY_CARRY, ANSWERS_MAX + 1, ANSWERS_MAX, 0, 0), str(counts))
    expect(records(handoff.answers) == records(FULL_THEN_CARRY[:-1]), "other answers than given")


def no_room(sentence, *answers, source="e820", shown=None, **quirks):
    """The loader refuses, and shows the map that it rests on: `answers`, unless `shown` is something else."""

    def case(context):
        data = with_firmware(context, Firmware(answers=answers, **quirks), dumping(context))
        log = refused(sentence, data, context)
        lines = [line for line in log.splitlines() if line.startswith("tessera-map: ")]
        entries = answers if shown is None else shown
        wanted = [f"tessera-map: source {source} entries {len(entries)}"]
        for answer in entries:
            attributes = "" if answer.attributes == 1 else f" attr=0x{answer.attributes:08x}"
            wanted.append(f"tessera-map: 0x{answer.base:016x} 0x{answer.length:016x} {answer.type}{attributes}")
        expect(lines == wanted, "the map is shown as\n" + "\n".join(lines), log)

    return case


HOLE_AT_1M = (PLAIN[0], Answer(MIB, MIB, RESERVED), Answer(2 * MIB, 14 * MIB))

# The only usable entry gives way to a reservation; for the two after that there is no place.
ALL_HOLES = tuple(Answer(i * 0x1000, 0x1000, RESERVED) for i in range(ANSWERS_MAX + 2))
SWAMPED = (PLAIN[2],) + ALL_HOLES
SWAMPED_KEPT = (ALL_HOLES[ANSWERS_MAX - 1],) + ALL_HOLES[: ANSWERS_MAX - 1]

ODD_ENTRIES = (
    Answer(0, 0x9FC00, attributes=3, ecx=24),
    Answer(0xFFFFFFFFFFFFF000, 0xFFFFFFFFFFFFFFFF, 0xEFFFFFFF),
    Answer(MIB, 0x1F000, attributes=1, ecx=24),
)

CASES = [
    ("firmware: answers arrive as given", quirky(answers_are_raw)),
    ("firmware: enters at 0x07C0:0", quirky(entry_segment=0x7C0)),
    ("firmware: any drive number", quirky(drive_is_0x93, drive_changed=1)),
    ("firmware: reads that fail twice", quirky(failing_reads=2)),
    ("firmware: A20 off, opened by BIOS call", quirky(a20_off=1)),
    ("firmware: A20 off, opened by hand", quirky(a20_off=1, a20_refused=1)),
    ("firmware: A20 off, opened by the fast gate", lambda c: handed_over(a20_by_fewer_ways(0x60, 0x64)(c), c)),
    (
        "firmware: A20 stays off",
        lambda c: refused("address line A20 cannot be switched on", a20_by_fewer_ways(0x60, 0x64, 0x92)(c), c),
    ),
    ("firmware: little low memory", refused_under("the BIOS leaves less than 512 KiB of low memory", low_kib=511)),
    ("firmware: just enough low memory", quirky(low_kib=512)),
    ("firmware: 24-byte answers", quirky(attributes_are_kept, answers=LONG, written_bytes=24)),
    ("firmware: writes past its record", quirky(told(BY_EBX, len(PLAIN)), written_bytes=40)),
    (
        "firmware: writes far past its record",
        refused_under("the firmware wrote past the buffer for its memory map", written_bytes=44),
    ),
    (
        "firmware: writes before its record",
        refused_under("the firmware wrote past the buffer for its memory map", written_before=1),
    ),
    (
        "firmware: list ends by carry",
        quirky(
            all_of(told(BY_CARRY, 4), last_answer_is(1, 0x8600)),
            answers=PLAIN[:2] + (Answer(MIB, 15 * MIB, ebx=7), Answer(0, 0, 0, eax=0x8600, carry=1)),
        ),
    ),
    (
        "firmware: list loses its signature",
        quirky(
            all_of(told(BY_SIGNATURE, 2), last_answer_is(0, 0x1234)),
            answers=(PLAIN[0], Answer(0, 0, eax=0x1234, ebx=1)),
            **FALLBACK,
        ),
    ),
    (
        "firmware: no E820",
        quirky(told(BY_CARRY, 1), answers=(Answer(0, 0, 0, eax=0x8600, carry=1),), **FALLBACK),
    ),
    (
        "firmware: E801 and 88h arrive as given",
        quirky(fallbacks_are_raw, e801_carry=0, e801=(0x1234, 0x10, 15 * 1024, 0x20), ext88_carry=1, ext88=0xBEEF),
    ),
    ("firmware: as many answers as there is room", quirky(exactly_full, answers=many(ANSWERS_MAX))),
    ("firmware: too many usable answers", quirky(usable_ones_are_lost, answers=many(600))),
    ("firmware: too many answers, holes last", quirky(reservations_replace_usable_ones, answers=LATE_HOLES)),
    ("firmware: endless list", quirky(endless_list_is_ended, endless=True)),
    (
        "firmware: endless list of one reservation",
        quirky(
            memory_survives_an_endless_reservation,
            answers=(PLAIN[0], PLAIN[2], Answer(0xFFFC0000, 0x40000, RESERVED)),
            endless=True,
        ),
    ),
    (
        "firmware: too many answers, non-volatile memory last",
        quirky(non_volatile_memory_is_kept, answers=many(ANSWERS_MAX) + (NON_VOLATILE,), written_bytes=24),
    ),
    ("firmware: full list that ends by carry", quirky(full_list_that_ends_by_carry, answers=FULL_THEN_CARRY)),
    ("placement: 1 MiB is reserved", no_room("the memory at 1 MiB is not usable", *HOLE_AT_1M)),
    (
        "placement: too little memory",
        no_room("the usable memory at 1 MiB is too small", *ODD_ENTRIES, written_bytes=24),
    ),
    (
        "placement: image partly reserved",
        no_room("the memory at 1 MiB is also reported as not usable", *PLAIN, Answer(MIB + 0x1000, 1, 4)),
    ),
    ("placement: nothing usable", no_room("the firmware reports no usable memory at all", Answer(0, 16 * MIB, 2))),
    (
        "placement: reservations and no end",
        no_room("the firmware reports no usable memory at all", *SWAMPED, shown=SWAMPED_KEPT),
    ),
    (
        "placement: no answers at all",
        no_room(
            "the firmware reports no usable memory at all",
            Answer(0, 0, 0, eax=0x8600, carry=1),
            source="none",
            shown=(),
        ),
    ),
]
