# Server images: linked by themselves, stripped, and put into the kernel's image by servers/images.asm. Included by
# boot/image.cmake.
nasm_object(SERVER_START_ASM servers/start.asm elf64)
nasm_object(SERVER_CALLS_ASM servers/library/calls.asm elf64)
set(SERVER_IMAGES)

# The library: what a server links of it is what it uses.
nasm_object(SERVER_GRANTS_ASM servers/library/grants.asm elf64)
add_library(server_library STATIC ${SERVER_HEAP} servers/library/assert.c core/string.c ${SERVER_GRANTS_ASM})
target_include_directories(server_library PUBLIC ${SERVER_HEAP_PATH})
target_compile_options(server_library PRIVATE ${FREESTANDING})
target_compile_definitions(server_library PRIVATE KHEAP_HOOKS="servers/library/kheap_hooks.h")

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

server_image(drill servers/drill.c)
server_image(parley servers/parley.c servers/parley_user.c)
server_image(heap_drill servers/heap_drill.c)
nasm_object(INIT_ASM servers/init.asm elf64)
server_image(init ${INIT_ASM})
nasm_object(SERVERS_ASM servers/images.asm elf64 ${SERVER_IMAGES})
