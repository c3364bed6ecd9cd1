# Everything that is not ours, as IMPORTED targets wcow::<name>. Found the same way on every system:
# a header, a library, in CMake's search path. For MinGW on Debian that path is what ci/deps built
# (the toolchain file names it); MSYS2 and vcpkg set their own.
#
#   wcow::cjson  wcow::zlib  wcow::zstd  wcow::archive   always
#   wcow::curl                                           always; Windows' own TLS (Schannel) there
#   wcow::isal                                           where it is found, see WCOW_HAVE_ISAL
#   wcow::crypto                                         not on Windows, where hashes are the system's
#   wcow::cmocka                                         with WCOW_TESTS
function(wcow_dependency name)
    cmake_parse_arguments(DEP "OPTIONAL" "HEADER" "NAMES;DEFINITIONS;LIBRARIES" ${ARGN})
    string(TOUPPER WCOW_${name} prefix)
    # Some keep their headers in a folder of their own from one release on, as nanopb in Debian 13.
    find_path(${prefix}_INCLUDE_DIR ${DEP_HEADER} PATH_SUFFIXES ${name})
    find_library(${prefix}_LIBRARY NAMES ${DEP_NAMES})
    mark_as_advanced(${prefix}_INCLUDE_DIR ${prefix}_LIBRARY)

    if(NOT ${prefix}_INCLUDE_DIR OR NOT ${prefix}_LIBRARY)
        if(DEP_OPTIONAL)
            return()
        endif()
        message(FATAL_ERROR "${name} is missing (header ${DEP_HEADER}, library ${DEP_NAMES}). "
                            "ci/deps installs or builds all dependencies on Debian.")
    endif()
    if(NOT TARGET wcow::${name})
        add_library(wcow::${name} UNKNOWN IMPORTED GLOBAL)
        set_target_properties(wcow::${name} PROPERTIES
            IMPORTED_LOCATION "${${prefix}_LIBRARY}"
            INTERFACE_INCLUDE_DIRECTORIES "${${prefix}_INCLUDE_DIR}"
            INTERFACE_COMPILE_DEFINITIONS "${DEP_DEFINITIONS}"
            INTERFACE_LINK_LIBRARIES "${DEP_LIBRARIES}")
    endif()
endfunction()

set(static_archive)
set(static_cjson)
set(static_curl)
set(curl_needs)
if(WIN32)
    set(static_archive LIBARCHIVE_STATIC)
    set(static_curl CURL_STATICLIB)
    set(curl_needs ws2_32 crypt32 bcrypt advapi32)
    # cJSON's header says dllimport on Windows unless told otherwise.
    set(static_cjson CJSON_HIDE_SYMBOLS)
endif()

wcow_dependency(cjson HEADER cjson/cJSON.h NAMES cjson DEFINITIONS ${static_cjson})
wcow_dependency(zlib HEADER zlib.h NAMES z zlibstatic)
wcow_dependency(zstd HEADER zstd.h NAMES zstd zstd_static)
wcow_dependency(archive HEADER archive.h NAMES archive archive_static
                DEFINITIONS ${static_archive}
                LIBRARIES wcow::zlib wcow::zstd $<$<BOOL:${WIN32}>:bcrypt>)
wcow_dependency(curl HEADER curl/curl.h NAMES curl DEFINITIONS ${static_curl}
                LIBRARIES ${curl_needs})
wcow_dependency(isal OPTIONAL HEADER isa-l/igzip_lib.h NAMES isal)
set(WCOW_HAVE_ISAL OFF)
if(TARGET wcow::isal)
    set(WCOW_HAVE_ISAL ON)
endif()
if(NOT WIN32)
    wcow_dependency(crypto HEADER openssl/evp.h NAMES crypto)
endif()
if(WCOW_TESTS)
    wcow_dependency(cmocka HEADER cmocka.h NAMES cmocka cmocka-static)
endif()
