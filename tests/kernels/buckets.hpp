#pragma once
// The buckets in which a test of one text repeats itself. Instrumented code compiles ten times as long: a sanitizer gets
// a bucket whose loops run over the constant, one whose loops run over the extent, and the run-time one (0), which every
// test adds itself.
#include <utility>

namespace rankfall {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
using ManyBuckets = std::integer_sequence<int, 5, 12>;
using TileShapes = std::integer_sequence<int, 5, 12>;
#else
using ManyBuckets = std::integer_sequence<int, 2, 4, 5, 6, 8, 12, 20, 32, 100>;
using TileShapes = std::integer_sequence<int, 4, 5, 6, 12>;      // one for each shape of tile
#endif
// Of a 4 x 4 problem. What larger ones change is seen in whole runs: backend.Padding, golden digests.
using WideBuckets = std::integer_sequence<int, 5, 12>;
using SomeWideBuckets = std::integer_sequence<int, 12>;

}  // namespace rankfall
