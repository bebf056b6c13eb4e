# Loader, kernel and disk image. Included by the top CMakeLists.txt.
find_program(NASM nasm REQUIRED)

# nasm_object(OUT SOURCE FORMAT [FILE...]): assembles SOURCE; OUT receives the object's path. The FILEs are what it includes of
# what is built.
function(nasm_object out source format)
    string(REPLACE "/" "_" name ${source})
    set(object ${CMAKE_BINARY_DIR}/asm/${name}.o)
    add_custom_command(
        OUTPUT ${object}
        COMMAND ${NASM} -f ${format} -g -F dwarf -Werror -I ${CMAKE_SOURCE_DIR}/ -I ${CMAKE_BINARY_DIR}/ -MD ${object}.d -MQ ${object}
                -o ${object} ${source}
        DEPENDS ${CMAKE_SOURCE_DIR}/${source} ${ARGN}
        DEPFILE ${object}.d
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
        COMMENT "Assembling ${source}"
        VERBATIM)
    set(${out} ${object} PARENT_SCOPE)
endfunction()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/asm)

# The loader: real-mode assembly, and as 32-bit code the portable routines that judge map and image.
add_library(loader_c OBJECT boot/image.c boot/place.c boot/unpack.c core/e820.c)
target_include_directories(loader_c PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(loader_c PRIVATE ${FREESTANDING} -m32 -g0)
nasm_object(LOADER_ASM boot/boot.asm elf32)
add_custom_command(
    OUTPUT ${CMAKE_BINARY_DIR}/loader.bin
    COMMAND ld -m elf_i386 -T ${CMAKE_SOURCE_DIR}/boot/loader.ld --build-id=none --gc-sections -o loader.elf ${LOADER_ASM}
            $<TARGET_OBJECTS:loader_c>
    COMMAND objcopy -O binary loader.elf loader.bin
    DEPENDS ${LOADER_ASM} loader_c $<TARGET_OBJECTS:loader_c> boot/loader.ld
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
    COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Linking the loader")

# The banner's version and commit; rewritten only when they change. A tarball has no commit.
add_custom_target(version
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/tools/version.py ${PROJECT_VERSION} ${CMAKE_SOURCE_DIR}
            ${CMAKE_BINARY_DIR}/version.c
    BYPRODUCTS ${CMAKE_BINARY_DIR}/version.c
    VERBATIM)

nasm_object(ENTRY_ASM core/entry.asm elf64)
nasm_object(TRAP_ASM core/trap.asm elf64)
nasm_object(SWITCH_ASM core/switch.asm elf64)
nasm_object(CRASH_ASM core/crash.asm elf64)
nasm_object(DRILL_ASM ipc/drill_programs.asm elf64)
nasm_object(FPU_ASM ipc/drill_fpu.asm elf64)
nasm_object(HOSTILE_ASM ipc/hostile.asm elf64)
nasm_object(BENCH_ASM ipc/bench_programs.asm elf64)
nasm_object(SYSCALL_ASM ipc/syscall.asm elf64)
nasm_object(ENTER_ASM ipc/enter.asm elf64)
include(servers/servers.cmake)
# freestanding_objects(NAME SOURCE...): what only a kernel has.
function(freestanding_objects name)
    add_library(${name} OBJECT ${ARGN})
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_compile_options(${name} PRIVATE ${FREESTANDING} ${FRAMES} -mcmodel=kernel)
endfunction()
freestanding_objects(kernel_only ${KERNEL_ONLY} ${CMAKE_BINARY_DIR}/version.c)
add_dependencies(kernel_only version)
freestanding_objects(kernel_no_drills core/no_drills.c)
freestanding_objects(kernel_drills ${DRILLS})

# kernel_elf(NAME SOURCE...): links a kernel, with these sources more.
function(kernel_elf name)
    add_executable(${name} $<TARGET_OBJECTS:kernel_only> ${ENTRY_ASM} ${TRAP_ASM} ${SWITCH_ASM} ${CRASH_ASM} ${SYSCALL_ASM} ${ENTER_ASM}
        ${BENCH_ASM} ${SERVERS_ASM} ${KERNEL_SERVERS} $<TARGET_OBJECTS:server_table> ${ARGN})
    target_link_libraries(${name} PRIVATE portable_kernel)
    target_link_options(${name} PRIVATE -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096
        -Wl,-z,noexecstack -Wl,--gc-sections -Wl,--fatal-warnings -Wl,-T,${CMAKE_SOURCE_DIR}/boot/kernel.ld)
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C LINK_DEPENDS ${CMAKE_SOURCE_DIR}/boot/kernel.ld)
endfunction()

# kernel_image(IMAGE NAME SOURCE...): the disk image with the kernel NAME.elf, which is linked twice: the table of symbols is made
# of a kernel without one, and lies behind everything that its code refers to.
set(SYMBOLS ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/tests/tools/symbols.py)
function(kernel_image image name)
    kernel_elf(${name}-bare.elf ${ARGN})
    add_custom_command(
        OUTPUT ${CMAKE_BINARY_DIR}/${name}-symbols.c
        COMMAND ${SYMBOLS} pack $<TARGET_FILE:${name}-bare.elf> ${CMAKE_SOURCE_DIR} ${name}-symbols.c
        DEPENDS ${name}-bare.elf tests/tools/symbols.py tests/tools/dwarf_lines.py
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
        VERBATIM
        COMMENT "Packing the table of symbols of ${name}.elf")
    kernel_elf(${name}.elf ${ARGN} ${CMAKE_BINARY_DIR}/${name}-symbols.c)
    target_compile_options(${name}.elf PRIVATE ${FREESTANDING} -g0)
    add_custom_command(TARGET ${name}.elf POST_BUILD COMMAND ${SYMBOLS} check $<TARGET_FILE:${name}.elf> ${CMAKE_SOURCE_DIR} VERBATIM)
    add_custom_command(
        OUTPUT ${CMAKE_BINARY_DIR}/${image}
        COMMAND objcopy -O binary $<TARGET_FILE:${name}.elf> ${name}.bin
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/tools/mkimage.py loader.bin ${name}.bin ${image}
        DEPENDS ${name}.elf ${CMAKE_BINARY_DIR}/loader.bin tests/tools/mkimage.py
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
        VERBATIM
        COMMENT "Making the disk image ${image}")
endfunction()
kernel_image(tessera.img kernel $<TARGET_OBJECTS:kernel_no_drills>)
kernel_image(drills.img drills $<TARGET_OBJECTS:kernel_drills> ${DRILL_ASM} ${HOSTILE_ASM} ${FPU_ASM} ${DRILL_SERVERS_ASM})
add_custom_target(image ALL DEPENDS ${CMAKE_BINARY_DIR}/tessera.img ${CMAKE_BINARY_DIR}/drills.img)
