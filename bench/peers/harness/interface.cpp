// What native.py calls; part of every peer's library.
#include "bench/peers/harness/replicas.hpp"

extern "C" {

void* peer_open(const peers::Job* job) { return new peers::Training(peers::make_training(*job)); }
void peer_advance(void* training, std::int64_t steps) { static_cast<peers::Training*>(training)->advance(steps); }
void peer_replay(void* training, const std::int32_t* rows, const std::int32_t* columns, std::int64_t steps) {
  static_cast<peers::Training*>(training)->replay(rows, columns, steps);
}
void peer_factors(void* training, double* out) { static_cast<peers::Training*>(training)->copy_factors(out); }
void peer_close(void* training) { delete static_cast<peers::Training*>(training); }
const char* peer_version() { return peers::library_version(); }

}
