# Cross-build for 64-bit Windows with MinGW-w64 (Debian: gcc-mingw-w64-x86-64-posix). Programs that
# the build has to run, the tests above all, run under Wine.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

set(wcow_triple x86_64-w64-mingw32)
set(CMAKE_C_COMPILER ${wcow_triple}-gcc-posix)
set(CMAKE_CXX_COMPILER ${wcow_triple}-g++-posix)
set(CMAKE_RC_COMPILER ${wcow_triple}-windres)
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/ci/wine-run)

# What ci/deps builds. WCOW_DEPS may name another place; try_compile projects are told of it, too.
set(WCOW_DEPS ${CMAKE_CURRENT_LIST_DIR}/build/deps/${wcow_triple} CACHE PATH
    "static MinGW builds of the dependencies")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WCOW_DEPS)
list(APPEND CMAKE_PREFIX_PATH ${WCOW_DEPS})

set(CMAKE_FIND_ROOT_PATH ${WCOW_DEPS} /usr/${wcow_triple})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
