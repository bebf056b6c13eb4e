"""Makes the disk image: loader, kernel image, padding.

usage: mkimage.py LOADER KERNEL IMAGE

LOADER is the loader's flat binary, whole sectors; it knows its own length and expects the kernel in the sector after
it. KERNEL is the kernel's flat binary with the header of boot/image.h at its first byte; what follows that is packed
(DEFLATE), and the header's checksum and packed size are filled in here. The same input gives the same bytes. IMAGE is replaced as a whole or not at all.
"""
import os
import pathlib
import struct
import sys
import tempfile
import zlib

SECTOR_BYTES = 512
IMAGE_BYTES_MIN = 1 << 20  # QEMU's q35 does not start smaller disks
HEADER = struct.Struct("<8sIIQQIIII")  # magic, file bytes, memory bytes, base, entry, checksum, version, packed bytes, 0
MAGIC = b"TESSAERA"


def padded(data: bytes, multiple: int) -> bytes:
    return data + bytes(-len(data) % multiple)


def fnv1a_32(data: bytes) -> int:
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def checked_loader(path: str) -> bytes:
    loader = pathlib.Path(path).read_bytes()
    if len(loader) % SECTOR_BYTES != 0 or loader[510:512] != b"\x55\xaa":
        raise ValueError(f"{path} is not a loader: whole sectors, the first one signed")
    return loader


def packed(data: bytes, level: int = 9) -> bytes:
    """DEFLATE without a wrapper (RFC 1951); level 0 stores."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)
    return packer.compress(data) + packer.flush()


def sealed(kernel: bytes, name: str, level: int = 9) -> bytes:
    """The kernel packed, its header filled in."""
    if len(kernel) < HEADER.size or not kernel.startswith(MAGIC):
        raise ValueError(f"{name} does not start with a kernel image header")
    magic, file_bytes, memory_bytes, base, entry, _, version, _, _ = HEADER.unpack_from(kernel)
    if len(kernel) > file_bytes:
        raise ValueError(f"{name} has {len(kernel)} bytes, more than the {file_bytes} of its header")
    body = kernel[HEADER.size :] + bytes(file_bytes - len(kernel))  # objcopy leaves out a tail of zeros
    small = packed(body, level)
    if file_bytes + len(padded(bytes(HEADER.size) + small, SECTOR_BYTES)) > memory_bytes:
        raise ValueError(f"{name} has no room to be unpacked: bss is too small")
    return HEADER.pack(magic, file_bytes, memory_bytes, base, entry, fnv1a_32(body), version, len(small), 0) + small


def unsealed(image: bytes) -> bytes:
    """The kernel in a disk image, as it was linked but for its header."""
    kernel = image[image.index(MAGIC) :]
    return kernel[: HEADER.size] + zlib.decompress(kernel[HEADER.size :][: HEADER.unpack_from(kernel)[7]], -zlib.MAX_WBITS)


def write_atomically(path: pathlib.Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit("usage: mkimage.py LOADER KERNEL IMAGE")
    loader, kernel, image = sys.argv[1:]
    try:
        data = padded(checked_loader(loader) + sealed(pathlib.Path(kernel).read_bytes(), kernel), SECTOR_BYTES)
        write_atomically(pathlib.Path(image), data.ljust(IMAGE_BYTES_MIN, b"\0"))
    except (OSError, ValueError) as error:
        sys.exit(f"mkimage.py: {error}")


if __name__ == "__main__":
    main()
