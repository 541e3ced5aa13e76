# Compiler flags that hold for every target: warnings are errors, and the arithmetic contract (kernels/scalar.hpp)
# forbids contraction and fast-math.
add_library(rankfall_flags INTERFACE)
target_include_directories(rankfall_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
# Two warnings of g++ 12's optimiser misfire: -Wrestrict on "literal" + std::string (GCC bug 105651), and
# -Wmaybe-uninitialized on std::variant. clang and the sanitizers look for the real thing.
target_compile_options(rankfall_flags INTERFACE
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-restrict;-Wno-maybe-uninitialized>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Werror;-ffp-contract=off>)
# A unity build puts names of several files in one scope, where they shadow each other; the others look for shadows.
if(NOT CMAKE_UNITY_BUILD)
  target_compile_options(rankfall_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wshadow>)
endif()
if(RANKFALL_ARCH)
  target_compile_options(rankfall_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-march=${RANKFALL_ARCH}>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(rankfall_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-mprefer-vector-width=512>)
  endif()
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O3")  # asserts stay on in debug and sanitizer builds only
  add_compile_definitions(NDEBUG)
endif()
set(RANKFALL_SANITIZE "" CACHE STRING "address (with undefined), thread or fuzzer (clang's libFuzzer)")
if(RANKFALL_SANITIZE STREQUAL "address")
  # What the first sees as well (null, object-size) the second need not look for.
  target_compile_options(rankfall_flags INTERFACE -fsanitize=address,undefined -fno-sanitize=null,object-size -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(rankfall_flags INTERFACE -fsanitize=address,undefined)
elseif(RANKFALL_SANITIZE STREQUAL "thread")
  target_compile_options(rankfall_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(rankfall_flags INTERFACE -fsanitize=thread)
elseif(RANKFALL_SANITIZE STREQUAL "fuzzer")
  target_compile_options(rankfall_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(rankfall_flags INTERFACE -fsanitize=address,undefined)
elseif(RANKFALL_SANITIZE)
  message(FATAL_ERROR "RANKFALL_SANITIZE must be empty, 'address', 'thread' or 'fuzzer', not '${RANKFALL_SANITIZE}'")
endif()
