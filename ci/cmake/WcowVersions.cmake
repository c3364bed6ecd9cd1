# Which versions of the libraries go into the program: wcow_versions(FILE) writes a line for each,
# DEPENDENCY("name", "version", "source"), for `wcow version --format json`. Those that ci/deps built
# stand in its file "versions"; of the system's, pkg-config tells, and the source is empty.
function(wcow_versions file)
    set(lines)
    set(built ${WCOW_DEPS}/versions)
    if(WCOW_DEPS AND EXISTS ${built})
        set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${built})
        file(STRINGS ${built} entries)
        foreach(entry IN LISTS entries)
            if(NOT entry MATCHES "^(cmocka|nanopb) ") # in the tests alone, and in the shim's program
                string(REGEX REPLACE "^([^ ]+) ([^ ]+) ([^ ]+)$" "DEPENDENCY(\"\\1\", \"\\2\", \"\\3\")"
                       entry "${entry}")
                string(APPEND lines "${entry}\n")
            endif()
        endforeach()
    elseif(NOT CMAKE_CROSSCOMPILING)
        wcow_versions_of_system(lines)
    endif()
    file(CONFIGURE OUTPUT ${file} CONTENT "${lines}" @ONLY)
endfunction()

function(wcow_versions_of_system out)
    find_program(WCOW_PKG_CONFIG NAMES pkg-config pkgconf)
    mark_as_advanced(WCOW_PKG_CONFIG)
    set(lines)
    foreach(pair IN ITEMS cJSON=libcjson isa-l=libisal libarchive=libarchive libcurl=libcurl
                          OpenSSL=libcrypto zlib=zlib zstd=libzstd)
        string(REGEX MATCH "^(.*)=(.*)$" pair ${pair})
        set(name ${CMAKE_MATCH_1})
        set(module ${CMAKE_MATCH_2})
        set(version)
        if(WCOW_PKG_CONFIG AND NOT (module STREQUAL libisal AND NOT WCOW_HAVE_ISAL))
            execute_process(COMMAND ${WCOW_PKG_CONFIG} --modversion ${module}
                            OUTPUT_VARIABLE version ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
        endif()
        if(version)
            string(APPEND lines "DEPENDENCY(\"${name}\", \"${version}\", \"\")\n")
        endif()
    endforeach()
    set(${out} "${lines}" PARENT_SCOPE)
endfunction()
