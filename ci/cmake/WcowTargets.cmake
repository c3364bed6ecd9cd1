# What is built of the layers' objects: the library, the tool, and what is installed of both.
set(library_layers base oci hcs network layer image runtime docker client link engine build monitor
                   platform)

# The library ------------------------------------------------------------------------------------
add_library(wcow_library STATIC)
add_library(wcow::wcow ALIAS wcow_library)
foreach(layer IN LISTS library_layers)
    target_sources(wcow_library PRIVATE $<TARGET_OBJECTS:wcow_${layer}>)
endforeach()
set_target_properties(wcow_library PROPERTIES
    OUTPUT_NAME wcow
    PREFIX lib
    EXPORT_NAME wcow
    LINKER_LANGUAGE C)
target_include_directories(wcow_library PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

# Whoever links libwcow.a needs these as well. One list: for CMake's users and for wcow.pc.
set(library_needs wcow::cjson wcow::archive wcow::curl wcow::zstd wcow::zlib)
set(WCOW_PC_LIBS "-lcjson -larchive -lcurl -lzstd -lz")
if(WCOW_HAVE_ISAL)
    list(APPEND library_needs wcow::isal)
    string(APPEND WCOW_PC_LIBS " -lisal")
endif()
if(WIN32)
    list(APPEND library_needs bcrypt ntdll -l:libwinpthread.a)
    string(APPEND WCOW_PC_LIBS " -lws2_32 -lcrypt32 -ladvapi32 -lbcrypt -lntdll -l:libwinpthread.a")
else()
    list(APPEND library_needs wcow::crypto m -pthread)
    string(APPEND WCOW_PC_LIBS " -lcrypto -lm -pthread")
endif()
target_link_libraries(wcow_library INTERFACE ${library_needs})

# The same as a DLL, for C#, PowerShell and whoever cannot link the static one. Its import library is
# called by its whole name, so that -lwcow goes on meaning the static library.
if(WIN32)
    include(WcowExports)
    wcow_exports(${CMAKE_CURRENT_BINARY_DIR}/wcow.def)
    add_library(wcow_shared SHARED ${CMAKE_CURRENT_BINARY_DIR}/wcow.def)
    add_library(wcow::dll ALIAS wcow_shared)
    foreach(layer IN LISTS library_layers)
        target_sources(wcow_shared PRIVATE $<TARGET_OBJECTS:wcow_${layer}>)
    endforeach()
    target_sources(wcow_shared PRIVATE $<TARGET_OBJECTS:wcow_dll_version>)
    set_target_properties(wcow_shared PROPERTIES
        OUTPUT_NAME wcow
        PREFIX ""
        IMPORT_PREFIX ""
        EXPORT_NAME dll
        LINKER_LANGUAGE C)
    target_include_directories(wcow_shared INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(wcow_shared PRIVATE wcow_flags ${library_needs})
    target_link_options(wcow_shared PRIVATE $<$<CONFIG:Release>:-s>)
endif()

# The tool ---------------------------------------------------------------------------------------
add_executable(wcow $<TARGET_OBJECTS:wcow_cli> $<TARGET_OBJECTS:wcow_entry>)
set_target_properties(wcow PROPERTIES LINKER_LANGUAGE C)
target_link_libraries(wcow PRIVATE wcow_flags wcow_library)
if(WIN32)
    target_link_options(wcow PRIVATE -municode $<$<CONFIG:Release>:-s>)
endif()

# containerd's shim ------------------------------------------------------------------------------
# On Linux it is there to be compiled, linked and checked: it finds no service.
if(WCOW_SHIM)
    add_executable(wcow_containerd_shim $<TARGET_OBJECTS:wcow_shim> $<TARGET_OBJECTS:wcow_shim_stdio>
                                        $<TARGET_OBJECTS:wcow_shim_container>
                                        $<TARGET_OBJECTS:wcow_shim_program>
                                        $<TARGET_OBJECTS:wcow_shim_entry>)
    set_target_properties(wcow_containerd_shim PROPERTIES
        OUTPUT_NAME containerd-shim-wcow-v1
        LINKER_LANGUAGE C)
    target_link_libraries(wcow_containerd_shim PRIVATE wcow_flags wcow_library wcow::nanopb)
    if(WIN32)
        target_link_options(wcow_containerd_shim PRIVATE -municode $<$<CONFIG:Release>:-s>)
    endif()
    install(TARGETS wcow_containerd_shim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# Installation -----------------------------------------------------------------------------------
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/wcow)

set(WCOW_EXECUTABLE ${CMAKE_INSTALL_BINDIR}/wcow${CMAKE_EXECUTABLE_SUFFIX})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/wcow-config.cmake.in wcow-config.cmake
    INSTALL_DESTINATION ${package_dir} PATH_VARS WCOW_EXECUTABLE)
write_basic_package_version_file(wcow-config-version.cmake COMPATIBILITY SameMinorVersion)
# Relative to wcow.pc itself, so that the installation can be moved.
file(RELATIVE_PATH WCOW_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(${CMAKE_CURRENT_LIST_DIR}/wcow.pc.in wcow.pc @ONLY)

install(TARGETS wcow RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS wcow_library EXPORT wcow ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(WIN32)
    install(TARGETS wcow_shared EXPORT wcow RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY include/wcow DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT wcow FILE wcow-targets.cmake NAMESPACE wcow:: DESTINATION ${package_dir})
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/wcow-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/wcow-config-version.cmake
    ${CMAKE_CURRENT_LIST_DIR}/WcowDependencies.cmake
    DESTINATION ${package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wcow.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
