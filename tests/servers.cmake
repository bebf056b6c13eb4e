# Host mode: all servers of the manifest in one process. A server's conversations, servers/NAME/conversation and
# conversation.PART, are tests; and a file
# test_server_*.c has the kit of test_server.h. Included by tests/CMakeLists.txt.
list(TRANSFORM SERVER_LIBRARY PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE SERVER_LIBRARY_PATHS)
add_library(host_server_library OBJECT ${SERVER_LIBRARY_PATHS} ${CMAKE_SOURCE_DIR}/servers/library/gifts.c host_io.c host_ipc.c host_log.c host_servers.c host_threads.c
    ${SERVER_TABLES}/table_host.c)
target_include_directories(host_server_library PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(host_server_library PRIVATE ${WARNINGS} ${INSTRUMENTED})
add_library(host_servers INTERFACE)
target_sources(host_servers INTERFACE $<TARGET_OBJECTS:host_server_library>)
find_package(Threads REQUIRED)
target_link_libraries(host_servers INTERFACE Threads::Threads)
foreach(function kmalloc kzalloc kcalloc krealloc kmalloc_aligned)
    target_link_options(host_servers INTERFACE -Wl,--wrap=${function})
endforeach()

add_executable(server_talk server_talk.c)
target_compile_options(server_talk PRIVATE ${WARNINGS} ${INSTRUMENTED})
target_link_libraries(server_talk PRIVATE host_servers test_support)
target_link_options(server_talk PRIVATE ${INSTRUMENTED_LINK})

# tessera_server(NAME MODE FOLDER SOURCE...)
function(tessera_server name mode folder)
    list(FILTER ARGN INCLUDE REGEX "\\.c$")
    add_library(server_${name} OBJECT ${ARGN})
    target_include_directories(server_${name} PRIVATE ${SERVER_TABLES}/${name} ${CMAKE_SOURCE_DIR} ${folder})
    target_compile_options(server_${name} PRIVATE ${WARNINGS} ${INSTRUMENTED})
    target_compile_definitions(server_${name} PRIVATE server_run=${name}_run)
    target_sources(host_servers INTERFACE $<TARGET_OBJECTS:server_${name}>)
    file(GLOB conversations CONFIGURE_DEPENDS ${folder}/${name}/conversation*)
    foreach(conversation ${conversations})
        get_filename_component(part ${conversation} EXT) # none, or .PART
        add_test(NAME server_${name}${part} COMMAND server_talk ${conversation})
        set_tests_properties(server_${name}${part} PROPERTIES TIMEOUT 120)
    endforeach()
endfunction()
include(${SERVER_TABLES}/servers.cmake)

add_test(NAME test_manifest COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/tools/check_manifest.py)
set_tests_properties(test_manifest PROPERTIES TIMEOUT 120)
