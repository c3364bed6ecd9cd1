# How everything of ours is compiled: one INTERFACE target, no CMAKE_C_FLAGS, so that wcow can be a
# subproject of somebody else's build without changing how that one is compiled.
add_library(wcow_flags INTERFACE)
target_compile_features(wcow_flags INTERFACE c_std_11)

target_compile_options(wcow_flags INTERFACE
    -std=gnu11 -finput-charset=UTF-8 -fexec-charset=UTF-8 -fno-common)

option(WCOW_WERROR "Treat warnings as errors" ${PROJECT_IS_TOP_LEVEL})
target_compile_options(wcow_flags INTERFACE
    -Wall -Wextra -Wpedantic
    -Wcast-qual -Wconversion -Wsign-conversion -Wfloat-conversion
    -Wformat=2 -Wimplicit-fallthrough -Wpointer-arith
    -Wmissing-prototypes -Wold-style-definition -Wshadow -Wstrict-prototypes
    -Wundef -Wvla -Wwrite-strings
    $<$<BOOL:${WCOW_WERROR}>:-Werror>)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(wcow_flags INTERFACE
        -Wduplicated-branches -Wduplicated-cond -Wjump-misses-init -Wlogical-op)
endif()

# Nor does it matter where the source lies. A release names no files; whoever wants debug information in
# one gets names that are the same everywhere.
set(named $<OR:$<CONFIG:RelWithDebInfo>,$<CONFIG:MinSizeRel>>)
target_compile_options(wcow_flags INTERFACE $<${named}:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=>)

# What a release does not call does not get into it: wcow.exe is one static file that people copy.
target_compile_options(wcow_flags INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-ffunction-sections> $<$<NOT:$<CONFIG:Debug>>:-fdata-sections>)
target_link_options(wcow_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-Wl,--gc-sections>)

if(WIN32)
    target_compile_definitions(wcow_flags INTERFACE
        UNICODE _UNICODE WIN32_LEAN_AND_MEAN NOMINMAX
        _WIN32_WINNT=0x0A00 NTDDI_VERSION=0x0A000007 __USE_MINGW_ANSI_STDIO=1)
    target_link_options(wcow_flags INTERFACE
        -static -Wl,--dynamicbase -Wl,--nxcompat -Wl,--high-entropy-va)
    # The same sources give the same bytes (tests/package): no time of the linker's in a file.
    target_link_options(wcow_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-Wl,--no-insert-timestamp>)
    # What lies in the file as it lies in memory is mapped, and shared by all who run it: Wine copies
    # a program that is packed closer, for each process anew. Windows maps it either way.
    target_link_options(wcow_flags INTERFACE -Wl,--file-alignment=4096)
else()
    target_compile_definitions(wcow_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
    # Not for Windows, where MinGW's runtime of it loads a crypto provider at each start.
    target_compile_options(wcow_flags INTERFACE -fstack-protector-strong)
endif()

if(WCOW_SANITIZE)
    set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(wcow_flags INTERFACE ${sanitizers})
    target_link_options(wcow_flags INTERFACE ${sanitizers})
endif()

# The preset native-threads. Some of its tests end a process in the middle of its work, or go on in a
# forked one: the test preset tells ThreadSanitizer that this is meant.
option(WCOW_SANITIZE_THREADS "Build with ThreadSanitizer, without WCOW_SANITIZE" OFF)
if(WCOW_SANITIZE_THREADS)
    target_compile_options(wcow_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(wcow_flags INTERFACE -fsanitize=thread)
endif()

option(WCOW_FUZZ "Build the fuzz targets for libFuzzer (clang)" OFF)
if(WCOW_FUZZ)
    target_compile_options(wcow_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Only what is ours to ship is counted (src/CMakeLists.txt compiles layers with this); a program that
# links some of it writes the counts down when it ends.
add_library(wcow_counted INTERFACE)
if(WCOW_COVERAGE)
    target_compile_options(wcow_counted INTERFACE --coverage -fprofile-update=atomic)
    target_compile_definitions(wcow_counted INTERFACE WCOW_COUNTED)
    target_link_options(wcow_flags INTERFACE --coverage)
endif()

# What of the system everything links: threads, and arithmetic where that is a library of its own.
add_library(wcow_system INTERFACE)
if(WIN32)
    # winpthreads; -static on the executable makes it a part of the program.
    target_link_libraries(wcow_system INTERFACE -lpthread)
else()
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads REQUIRED)
    target_link_libraries(wcow_system INTERFACE Threads::Threads m)
endif()
target_link_libraries(wcow_flags INTERFACE wcow_system)
