#pragma once
// The path of greedy low-rank learning as a polyline through R^(rows x columns), and distances from it in the Frobenius
// norm.
#include <cstddef>
#include <vector>

namespace rankfall {

class GreedyPolyline {
 public:
  // Vertices of `entries` numbers each; solutions are vertices of their own.
  explicit GreedyPolyline(std::size_t entries = 0) : entries_(entries) {}
  void add(const std::vector<double>& point);
  void add_solution(const std::vector<double>& point);

  std::size_t vertices() const { return along_.size(); }
  std::size_t solutions() const { return solution_.size(); }
  std::size_t bytes() const { return points_.size() * sizeof(double); }
  const double* vertex(std::size_t k) const { return points_.data() + k * entries_; }
  double length() const { return along_.empty() ? 0.0 : along_.back(); }

  // Of a matrix W: from the nearest point of all segments, and from solution number `solution`.
  double distance(const std::vector<double>& w) const;
  double solution_distance(const std::vector<double>& w, std::size_t solution) const;

 private:
  double segment_distance(std::size_t k, const std::vector<double>& w) const;

  std::size_t entries_;
  std::vector<double> points_;
  std::vector<double> along_;          // length of the polyline up to each vertex
  std::vector<std::size_t> solution_;  // their vertices
};

// Makes a polyline of a smooth curve from points with velocities: between two of them the curve is the cubic that both
// determine, cut so that no chord is further than `deviation` from it; vertices nearer than that to the one before are
// left out. So the polyline is within 2 * deviation of these cubics.
class PathTracer {
 public:
  PathTracer(std::size_t entries, double deviation) : deviation_(deviation), path_(entries) {}
  void begin(std::vector<double> point, std::vector<double> velocity);               // of a stretch
  void go_on(double time, std::vector<double> point, std::vector<double> velocity);  // later by `time`
  void solution(const std::vector<double>& point);
  GreedyPolyline& path() { return path_; }

 private:
  void keep(const std::vector<double>& point);

  double deviation_;
  GreedyPolyline path_;
  std::vector<double> point_, velocity_;
};

}  // namespace rankfall
