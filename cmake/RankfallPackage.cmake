# What is installed: the program with its texts, examples and Python package (component runtime), and the library with its
# headers and a CMake package (component development).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/ DESTINATION ${CMAKE_INSTALL_DATADIR}/rankfall/examples COMPONENT runtime)

# In the build everything may include everything, and warnings are errors; whoever links the installed library sees
# include/rankfall, and has flags of their own.
foreach(property INTERFACE_INCLUDE_DIRECTORIES INTERFACE_COMPILE_OPTIONS)
  get_target_property(values rankfall_flags ${property})
  set_target_properties(rankfall_flags PROPERTIES ${property} "$<BUILD_INTERFACE:${values}>")
endforeach()
target_include_directories(rankfall_flags INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(rankfall_flags INTERFACE $<INSTALL_INTERFACE:cxx_std_20>)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/rankfall RENAME copyright COMPONENT runtime)

set(libraries rankfall_flags rankfall_config rankfall_estimate rankfall_store rankfall_backend rankfall_theory rankfall_run)
if(RANKFALL_HAS_CUDA)
  list(APPEND libraries rankfall_device rankfall_device_logic rankfall_cuda rankfall_bench)
else()
  list(APPEND libraries rankfall_no_device)
endif()
set_target_properties(rankfall_run PROPERTIES EXPORT_NAME rankfall)
install(TARGETS ${libraries} EXPORT rankfallTargets ARCHIVE COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/rankfall DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/rankfall)
install(EXPORT rankfallTargets NAMESPACE rankfall:: DESTINATION ${package_directory} COMPONENT development)
get_directory_property(has_mpi DIRECTORY ${PROJECT_SOURCE_DIR}/src/run DEFINITION has_mpi)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/rankfallConfig.cmake.in ${PROJECT_BINARY_DIR}/rankfallConfig.cmake
                              INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rankfallConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rankfallConfig.cmake ${PROJECT_BINARY_DIR}/rankfallConfigVersion.cmake
        DESTINATION ${package_directory} COMPONENT development)

# Debian packages: `cpack` in the build directory. They run on processors that have what RANKFALL_ARCH names.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The authors of rankfall <rankfall@localhost>")
set(CPACK_PACKAGE_DESCRIPTION "Trains many small deep matrix factorizations at once, and estimates with which probability they end at a
rank or fall in rank. Compiled with -march=${RANKFALL_ARCH}.")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME rankfall)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "python3 (>= 3.11), python3-numpy, python3-xarray, python3-netcdf4, python3-matplotlib")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME librankfall-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "g++, cmake, pkg-config, libfmt-dev, libtomlplusplus-dev, nlohmann-json3-dev, libboost-dev, zlib1g-dev, libnetcdf-dev")
if(has_mpi)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libopenmpi-dev")
endif()
include(CPack)
