#include "mpm/policy/admission.hpp"

#include <variant>

#include <gtest/gtest.h>

namespace mpm {
namespace {

struct Case {
  int threads;
  const char* factor;
  int admitted;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.threads << " x " << one.factor; }

/// How many connections get in when all of them idle and every worker is free.
int idle_connections_admitted(int threads, Factor per_idle) {
  int open = 0;
  while (admit({.open = open, .closing = 0, .idle = threads}, threads, per_idle) == Gate::Open) ++open;
  return open;
}

class TheDocumentedLimit : public testing::TestWithParam<Case> {};

TEST_P(TheDocumentedLimit, IsExactFractionsIncluded) {
  const Case& one = GetParam();
  const Factor factor = std::get<Factor>(positive_decimal(one.factor));
  EXPECT_EQ(idle_connections_admitted(one.threads, factor), one.admitted);
}
INSTANTIATE_TEST_SUITE_P(Factors, TheDocumentedLimit,
                         testing::Values(Case{10, "1.5", 25}, Case{10, "2", 30}, Case{8, "2.75", 30},
                                         Case{16, "1.25", 36}, Case{10, "0.000001", 11}, Case{1, "1", 2},
                                         Case{25, "2", 75}));

constexpr Factor two_per_idle{};

TEST(Admission, IsHeldWhileNoWorkerIsIdle) {
  EXPECT_EQ(admit({.open = 0, .closing = 0, .idle = 0}, 10, two_per_idle), Gate::HeldBusy);
  EXPECT_EQ(admit({.open = 100, .closing = 0, .idle = 0}, 10, two_per_idle), Gate::HeldBusy);
}

TEST(Admission, IsHeldAtTheLimit) {
  EXPECT_EQ(admit({.open = 29, .closing = 0, .idle = 10}, 10, two_per_idle), Gate::Open);
  EXPECT_EQ(admit({.open = 30, .closing = 0, .idle = 10}, 10, two_per_idle), Gate::HeldFull);
}

TEST(Admission, FallsWithTheIdleWorkers) {
  EXPECT_EQ(admit({.open = 29, .closing = 0, .idle = 9}, 10, two_per_idle), Gate::HeldFull);
  EXPECT_EQ(admit({.open = 27, .closing = 0, .idle = 9}, 10, two_per_idle), Gate::Open);
}

TEST(Admission, DoesNotCountClosingConnections) {
  EXPECT_EQ(admit({.open = 35, .closing = 5, .idle = 10}, 10, two_per_idle), Gate::HeldFull);
  EXPECT_EQ(admit({.open = 35, .closing = 6, .idle = 10}, 10, two_per_idle), Gate::Open);
}

TEST(Admission, RoundsNothingAwayWithSomeWorkersIdle) {
  const Factor half = std::get<Factor>(positive_decimal("0.5"));
  // 10 + 0.5 * 1 = 10.5: ten are fewer than that, eleven are not.
  EXPECT_EQ(admit({.open = 10, .closing = 0, .idle = 1}, 10, half), Gate::Open);
  EXPECT_EQ(admit({.open = 11, .closing = 0, .idle = 1}, 10, half), Gate::HeldFull);
}

}  // namespace
}  // namespace mpm
