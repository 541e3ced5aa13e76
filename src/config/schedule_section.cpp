#include "config/schedule_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "config/effective_text.hpp"
#include "config/limits.hpp"
#include "config/wording.hpp"
#include "kernels/elementary.hpp"

namespace rankfall::config {
namespace {

enum class Kind { constant, linear, cosine, exponential, step, piecewise };
enum class Interpolation { constant, linear };

constexpr std::array<Choice<Kind>, 6> kinds{{{"constant", Kind::constant},
                                             {"linear", Kind::linear},
                                             {"cosine", Kind::cosine},
                                             {"exponential", Kind::exponential},
                                             {"step", Kind::step},
                                             {"piecewise", Kind::piecewise}}};
constexpr std::array<Choice<Interpolation>, 2> interpolations{
    {{"constant", Interpolation::constant}, {"linear", Interpolation::linear}}};
constexpr std::array<std::string_view, 11> schedule_keys{"schedule", "name",   "value",  "from",          "to",  "hold",
                                                         "factor",   "every",  "steps",  "values", "interpolation"};

// What each kind has beside `schedule` and `name`.
std::vector<std::string_view> keys_of(Kind kind) {
  switch (kind) {
    case Kind::constant: return {"value"};
    case Kind::step: return {"from", "factor", "every"};
    case Kind::piecewise: return {"steps", "values", "interpolation", "hold"};
    case Kind::linear:
    case Kind::cosine:
    case Kind::exponential: break;
  }
  return {"from", "to", "hold"};
}

// One table, read for a phase of `steps` steps.
class Schedule {
 public:
  Schedule(const TableReader& reader, const NumberRule& rule, std::int64_t steps)
      : reader_(reader), rule_(rule), steps_(steps) {}

  Course read() const {
    reader_.string("name");
    const auto kind = reader_.choice<Kind>("schedule", kinds);
    if (!kind) reader_.miss("schedule", "a table says how the number changes", "add for example schedule = 'cosine'");
    const std::vector<std::string_view> own = keys_of(*kind);
    for (const std::string_view key : schedule_keys)
      if (key != "schedule" && key != "name" && std::find(own.begin(), own.end(), key) == own.end())
        reader_.forbid(key, fmt::format("schedule = {} has {}", in_quotes(*reader_.string("schedule")), joined(own)), "remove it");
    const Course course = read(*kind);
    for (const double value : course.value)
      if (!rule_.holds(value) || !std::isfinite(value))
        reader_.refuse("schedule", fmt::format("leads to {}", value), fmt::format("every value must be finite and {}", rule_.wanted),
                       "change its numbers");
    return course;
  }

 private:
  Course read(Kind kind) const {
    if (kind == Kind::constant) return {{0}, {needed("value")}};
    if (kind == Kind::step) return drops();
    return kind == Kind::piecewise ? pieces() : ramp(kind);
  }

  double needed(std::string_view key) const {
    const auto value = reader_.number(key, any_number);
    if (!value) reader_.miss(key, "the schedule needs it", fmt::format("add {} = a number", key));
    if (!rule_.holds(*value)) reader_.number(key, rule_);  // says so
    return *value;
  }

  std::int64_t hold() const {
    const auto given = reader_.integer("hold", {1, most_steps});
    return given ? *given : std::max<std::int64_t>(1, (steps_ + 99) / 100);
  }
  // Blocks of `length` steps that `steps` steps are.
  std::int64_t blocks(std::int64_t steps, std::int64_t length) const {
    const std::int64_t count = steps / length + (steps % length == 0 ? 0 : 1);
    if (count > most_stretches)
      reader_.refuse(reader_.find("every") != nullptr ? "every" : "hold", fmt::format("= {} is too small", length),
                     fmt::format("the number would change {} times in the phase, at most {} are possible", count, most_stretches),
                     "raise it");
    return count;
  }

  // The first block has `from`, the last `to`, the others what lies between.
  Course ramp(Kind kind) const {
    const double from = needed("from"), to = needed("to");
    if (kind == Kind::exponential)
      for (const std::string_view key : {"from", "to"}) reader_.number(key, positive);
    const std::int64_t length = hold(), count = blocks(steps_, length);
    if (count < 2) return {{0}, {to}};
    Course course;
    for (std::int64_t k = 0; k < count; ++k) {
      const double part = static_cast<double>(k) / static_cast<double>(count - 1);
      course.begin.push_back(k * length);
      course.value.push_back(k == 0 ? from : k == count - 1 ? to : between(kind, from, to, part));
    }
    return course;
  }

  static double between(Kind kind, double from, double to, double part) {
    if (kind == Kind::linear) return from + (to - from) * part;
    if (kind == Kind::cosine) return to + (from - to) * (0.5 + 0.5 * kernels::cosine_of_half_turns(part));
    return from * kernels::power_within_one(to / from, part);
  }

  Course drops() const {
    Course course{{0}, {needed("from")}};
    const auto factor = reader_.number("factor", positive);
    if (!factor) reader_.miss("factor", "a step multiplies by it", "add for example factor = 0.5");
    const auto every = reader_.integer("every", {1, most_steps});
    if (!every) reader_.miss("every", "it says after how many steps the number changes", "add for example every = 5000");
    for (std::int64_t k = 1; k < blocks(steps_, *every); ++k) {
      course.begin.push_back(k * *every);
      course.value.push_back(course.value.back() * *factor);
    }
    return course;
  }

  Course given() const {
    const Node* at = reader_.find("steps");
    const Node* of = reader_.find("values");
    if (at == nullptr) reader_.miss("steps", "pieces begin somewhere", "add for example steps = [0, 5000]");
    if (of == nullptr) reader_.miss("values", "there is one from each step on", "add for example values = [0.08, 0.02]");
    Course course;
    for (const Node& step : list_of(*at, reader_.full_name("steps"), "a list such as [0, 5000]"))
      course.begin.push_back(integer_of(step, reader_.full_name("steps")));
    for (const Node& value : list_of(*of, reader_.full_name("values"), "a list such as [0.08, 0.02]"))
      course.value.push_back(number_of(value, reader_.full_name("values")));
    const auto& begin = course.begin;
    if (begin.empty() || begin.front() != 0 || std::adjacent_find(begin.begin(), begin.end(), std::greater_equal<>()) != begin.end())
      reader_.refuse("steps", "are no beginnings of pieces", "they ascend, and the first is 0", "write for example [0, 5000]");
    if (course.value.size() != begin.size())
      reader_.refuse("values", fmt::format("are {}, and steps {}", course.value.size(), begin.size()),
                     "there is one value from each step on", "list as many of both");
    if (static_cast<std::int64_t>(begin.size()) > most_stretches)
      reader_.refuse("steps", fmt::format("are {}", begin.size()), fmt::format("at most {} changes are possible", most_stretches),
                     "list fewer");
    if (steps_ > 0 && begin.back() >= steps_)
      reader_.refuse("steps", fmt::format("reach {}", begin.back()), fmt::format("the phase has steps 0 to {}", steps_ - 1),
                     "remove what comes later, or lengthen the phase");
    return course;
  }

  Course pieces() const {
    const Course points = given();
    const auto interpolation =
        reader_.choice<Interpolation>("interpolation", interpolations).value_or(Interpolation::constant);
    if (interpolation == Interpolation::constant) {
      reader_.forbid("hold", "each value is held up to the next step", "remove it, or set interpolation = 'linear'");
      return points;
    }
    const std::int64_t length = hold();
    blocks(points.begin.back(), length);  // that all together are not too many
    Course course;
    for (std::size_t p = 0; p + 1 < points.begin.size(); ++p) {
      const std::int64_t count = blocks(points.begin[p + 1] - points.begin[p], length);
      for (std::int64_t k = 0; k < count; ++k) {
        const double part = static_cast<double>(k) / static_cast<double>(count);
        course.begin.push_back(points.begin[p] + k * length);
        course.value.push_back(points.value[p] + (points.value[p + 1] - points.value[p]) * part);
      }
    }
    course.begin.push_back(points.begin.back());
    course.value.push_back(points.value.back());
    return course;
  }

  const TableReader& reader_;
  const NumberRule& rule_;
  std::int64_t steps_;
};

}  // namespace

std::optional<Course> read_course(const TableReader& phase, std::string_view key, const NumberRule& rule, std::int64_t steps) {
  const Node* node = phase.find(key);
  if (node == nullptr) return std::nullopt;
  if (node->as<Table>() == nullptr) return Course{{0}, {*phase.number(key, rule)}};
  const std::string path = phase.full_name(key);
  return Schedule(TableReader(node, path, node->place, schedule_keys), rule, steps).read();
}

void set_courses(const Course& learning_rate, const Course& ridge, PhaseSpec& phase) {
  phase.learning_rate = learning_rate.value.back();
  phase.ridge = ridge.value.back();
  phase.stretches.clear();
  if (phase.is_empty() || (learning_rate.value.size() == 1 && ridge.value.size() == 1)) return;
  for (std::size_t r = 0, d = 0;;) {
    phase.stretches.push_back({std::max(learning_rate.begin[r], ridge.begin[d]), learning_rate.value[r], ridge.value[d]});
    const bool rates = r + 1 < learning_rate.begin.size(), ridges = d + 1 < ridge.begin.size();
    if (!rates && !ridges) return;
    const std::int64_t rate_next = rates ? learning_rate.begin[r + 1] : phase.steps;
    const std::int64_t ridge_next = ridges ? ridge.begin[d + 1] : phase.steps;
    if (rates && rate_next <= ridge_next) ++r;
    if (ridges && ridge_next <= rate_next) ++d;
  }
}

bool holds_schedule(std::string_view key) {
  return key.starts_with("phase.") && (key.ends_with(".learning_rate") || key.ends_with(".ridge"));
}

std::string schedule_text(const Node& schedule) {
  if (const Node* name = find(&schedule, "name"); name != nullptr && name->as<std::string>() != nullptr)
    return *name->as<std::string>();
  std::string text;
  for (const Node& entry : schedule.as<Table>()->entries) {
    const std::string* word = entry.key == "schedule" ? entry.as<std::string>() : nullptr;
    const std::string said = word != nullptr ? *word : entry.key + " " + toml_value(entry);
    text += (text.empty() ? "" : " ") + said;
  }
  return text;
}

std::string schedule_identity(const Node& schedule) {
  Node bare = schedule;
  std::erase_if(bare.as<Table>()->entries, [](const Node& entry) { return entry.key == "name"; });
  return toml_value(bare);
}

}  // namespace rankfall::config
