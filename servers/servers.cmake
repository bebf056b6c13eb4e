# Server images: linked by themselves, stripped, and put into the kernel's image by servers/images.asm. Included by
# boot/image.cmake.
nasm_object(SERVER_START_ASM servers/start.asm elf64)
nasm_object(SERVER_CALLS_ASM servers/library/calls.asm elf64)
set(SERVER_IMAGES)

# The library: what a server links of it is what it uses.
nasm_object(SERVER_GRANTS_ASM servers/library/grants.asm elf64)
nasm_object(SERVER_DEVICES_ASM servers/library/devices.asm elf64)
add_library(server_library STATIC ${SERVER_HEAP} servers/library/assert.c servers/library/gifts_user.c servers/library/user.c core/string.c
    ${SERVER_GRANTS_ASM} ${SERVER_DEVICES_ASM})
target_include_directories(server_library PUBLIC ${SERVER_HEAP_PATH})
target_compile_options(server_library PRIVATE ${FREESTANDING})
target_compile_definitions(server_library PRIVATE KHEAP_HOOKS="servers/library/kheap_hooks.h")

# Drivers that servers share with the kernel; a copy of its own in each that uses them.
set(SERVER_DRIVERS core/keyboard.c core/text_screen.c core/uart.c)
target_sources(server_library PRIVATE ${SERVER_DRIVERS})
add_library(server_drivers STATIC ${SERVER_DRIVERS})
target_include_directories(server_drivers PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(server_drivers PRIVATE ${FREESTANDING} ${FRAMES} -mcmodel=kernel)

# server_image(NAME SOURCE...): makes NAME.server.
function(server_image name)
    add_executable(${name}.elf ${SERVER_START_ASM} ${SERVER_CALLS_ASM} ${ARGN})
    target_compile_options(${name}.elf PRIVATE ${FREESTANDING})
    target_link_libraries(${name}.elf PRIVATE server_library)
    target_link_options(${name}.elf PRIVATE -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096
        -Wl,-z,noexecstack -Wl,--gc-sections -Wl,--fatal-warnings -Wl,-T,${CMAKE_SOURCE_DIR}/servers/server.ld)
    set_target_properties(${name}.elf PROPERTIES LINKER_LANGUAGE C LINK_DEPENDS ${CMAKE_SOURCE_DIR}/servers/server.ld)
    add_custom_command(
        OUTPUT ${CMAKE_BINARY_DIR}/${name}.server
        COMMAND objcopy --strip-all $<TARGET_FILE:${name}.elf> ${name}.server
        DEPENDS ${name}.elf
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
        VERBATIM)
    set(SERVER_IMAGES ${SERVER_IMAGES} ${CMAKE_BINARY_DIR}/${name}.server PARENT_SCOPE)
endfunction()

# server_in_kernel(NAME OBJECT...): links a server by itself into NAME.kernel.o, of which the kernel sees NAME_run, and from
# NAME_data and NAME_bss on to their ends what it writes to.
set(KERNEL_SERVERS)
function(server_in_kernel name)
    set(visible run data data_end bss bss_end)
    list(TRANSFORM visible REPLACE "(.+)" "--keep-global-symbol=server_\\1" OUTPUT_VARIABLE keep)
    list(TRANSFORM visible REPLACE "(.+)" "--redefine-sym=server_\\1=${name}_\\1" OUTPUT_VARIABLE rename)
    add_custom_command(
        OUTPUT ${CMAKE_BINARY_DIR}/${name}.kernel.o
        COMMAND ld -r --gc-sections -e server_run -T ${CMAKE_SOURCE_DIR}/servers/kernel_mode.ld -o ${name}.whole.o ${ARGN}
                $<TARGET_FILE:server_drivers>
        COMMAND objcopy ${keep} ${name}.whole.o ${name}.kernel.o
        COMMAND objcopy ${rename} ${name}.kernel.o
        DEPENDS ${ARGN} server_drivers servers/kernel_mode.ld
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
        COMMAND_EXPAND_LISTS VERBATIM)
    set(KERNEL_SERVERS ${KERNEL_SERVERS} ${CMAKE_BINARY_DIR}/${name}.kernel.o PARENT_SCOPE)
endfunction()

# server_stack(NAME OBJECT...): the stack that the manifest gives it must be deep enough. Only gcc tells how deep that is.
set(SERVER_STACKS)
list(TRANSFORM MANIFESTS PREPEND "--manifest=" OUTPUT_VARIABLE MANIFEST_OPTIONS)
function(server_stack name)
    add_custom_command(
        OUTPUT ${CMAKE_BINARY_DIR}/${name}.stack
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/tests/tools/server_stacks.py ${MANIFEST_OPTIONS} ${name} ${ARGN}
                > ${name}.stack
        DEPENDS ${ARGN} ${MANIFESTS} ${SERVER_TOOLS}
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
        COMMAND_EXPAND_LISTS VERBATIM)
    set(SERVER_STACKS ${SERVER_STACKS} ${CMAKE_BINARY_DIR}/${name}.stack PARENT_SCOPE)
endfunction()

# tessera_server(NAME MODE FOLDER SOURCE...): a server of the manifest, in its mode.
function(tessera_server name mode folder)
    add_library(${name}_objects OBJECT ${ARGN} ${SERVER_LIBRARY})
    target_include_directories(${name}_objects PRIVATE ${SERVER_TABLES}/${name} ${CMAKE_SOURCE_DIR} ${folder})
    target_compile_options(${name}_objects PRIVATE ${FREESTANDING} $<$<C_COMPILER_ID:GNU>:-fcallgraph-info=su>)
    if(mode STREQUAL kernel)
        target_sources(${name}_objects PRIVATE servers/library/gifts.c)
        target_compile_options(${name}_objects PRIVATE ${FRAMES} -mcmodel=kernel)
        server_in_kernel(${name} $<TARGET_OBJECTS:${name}_objects>)
    else()
        server_image(${name} $<TARGET_OBJECTS:${name}_objects>)
    endif()
    if(CMAKE_C_COMPILER_ID STREQUAL GNU)
        server_stack(${name} $<TARGET_OBJECTS:${name}_objects>)
    endif()
    foreach(list KERNEL_SERVERS SERVER_IMAGES SERVER_STACKS)
        set(${list} ${${list}} PARENT_SCOPE)
    endforeach()
endfunction()

server_image(drill servers/drill.c)
server_image(parley servers/parley.c servers/parley_user.c)
nasm_object(DRILL_SERVERS_ASM servers/drill_images.asm elf64 ${SERVER_IMAGES})
set(SERVER_IMAGES)
server_image(heap_drill servers/heap_drill.c)
nasm_object(INIT_ASM servers/init.asm elf64)
server_image(init ${INIT_ASM})
include(${SERVER_TABLES}/servers.cmake)
nasm_object(SERVERS_ASM servers/images.asm elf64 ${SERVER_IMAGES})

# The table of them, for whoever starts them.
add_library(server_table OBJECT ${SERVER_TABLES}/table.c)
target_include_directories(server_table PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(server_table PRIVATE ${FREESTANDING} ${FRAMES} -mcmodel=kernel)
add_custom_target(servers ALL DEPENDS ${KERNEL_SERVERS} ${SERVER_STACKS} server_table)
