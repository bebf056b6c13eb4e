# Reads the manifest, and those of TESSERA_SERVERS, whenever it has changed: a mistake in it ends the build. Included by the top
# CMakeLists.txt, so that kernel and host tests have the same servers.
set(TESSERA_SERVERS "" CACHE STRING "Folders with a file 'manifest' and servers of their own, as servers/ has them")
set(TESSERA_SERVER_MODE "" CACHE STRING "kernel or user: the mode of all servers, whatever their manifest says")
# What such a server includes begins at its own folder ("NAME/messages.h"), or at the top of this one.
set(MANIFESTS ${CMAKE_SOURCE_DIR}/servers/manifest)
foreach(folder ${TESSERA_SERVERS})
    get_filename_component(folder ${folder} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
    list(APPEND MANIFESTS ${folder}/manifest)
endforeach()
set(SERVER_TABLES ${CMAKE_BINARY_DIR}/servers)
set(SERVER_TOOLS manifest.py server_stacks.py server_tables.py)
list(TRANSFORM SERVER_TOOLS PREPEND ${CMAKE_SOURCE_DIR}/tests/tools/)
execute_process(
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/tests/tools/server_tables.py --out ${SERVER_TABLES}
        "--mode=${TESSERA_SERVER_MODE}" ${MANIFESTS}
    RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "The servers cannot be built: what is wrong in the manifest stands above")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${MANIFESTS} ${SERVER_TOOLS})

# What every server has of the library, compiled with each.
set(SERVER_LIBRARY servers/library/log.c servers/library/messages.c servers/library/print.c servers/library/server.c)
