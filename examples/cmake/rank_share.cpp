// Trains an experiment within this process, and prints with which probability each cell ends at rank 1.
#include <iostream>
#include <rankfall/error.hpp>
#include <rankfall/study.hpp>

int main(int argc, char** argv) try {
  const rankfall::Experiment experiment = rankfall::read_experiment(argc > 1 ? argv[1] : "preset:seed-sweep", {"replicas=200"});
  const rankfall::Study study = rankfall::study(experiment);
  for (const rankfall::CellEstimate& estimate : study.estimates) {
    const auto share = estimate.final_rank.find(1);
    std::cout << "cell " << estimate.cell << ": " << estimate.replicas << " replicas";
    if (share == estimate.final_rank.end()) std::cout << ", none at rank 1\n";
    else
      std::cout << ", P(rank 1) in [" << share->second.interval.low << ", " << share->second.interval.high << "]\n";
  }
  std::cout << rankfall::methods(study);
} catch (const rankfall::ConfigError& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
