#include "mpm/policy/limits.hpp"

#include <limits>
#include <ostream>
#include <type_traits>

#include <gmock/gmock.h>

namespace mpm {

void PrintTo(const Adjustment& a, std::ostream* out) {
  *out << "kind " << static_cast<int>(a.kind) << ": asked " << a.asked << ", bound " << a.bound
       << ", allowed " << a.allowed << ", children " << a.children;
}

namespace {

using enum Correction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Pinned nothing_yet{};
constexpr int huge = std::numeric_limits<int>::max();

Limits allowed(const Directives& asked) { return enforce(asked, nothing_yet).limits; }
Adjustments told(const Directives& asked) { return enforce(asked, nothing_yet).adjustments; }

static_assert(std::is_trivially_copyable_v<Pinned> && std::is_standard_layout_v<Pinned>,
              "kept across reloads");
static_assert(static_cast<std::size_t>(MinSpareThreadsBelowOne) + 1 == correction_kinds);

TEST(Limits, OfAnEmptyConfigurationAreTheDefaults) {
  EXPECT_EQ(allowed({}), Limits{});
  EXPECT_THAT(told({}), IsEmpty());
}

TEST(Limits, OfDebiansConfigurationAreWhatItSays) {
  const Directives debian{.start_servers = 2,
                          .min_spare_threads = 25,
                          .max_spare_threads = 75,
                          .max_request_workers = 150,
                          .threads_per_child = 25,
                          .thread_limit = 64};
  EXPECT_EQ(allowed(debian), (Limits{.max_workers = 150,
                                     .active_children_limit = 6,
                                     .start_servers = 2,
                                     .min_spare_threads = 25,
                                     .max_spare_threads = 75}));
  EXPECT_THAT(told(debian), IsEmpty());
}

TEST(Limits, CarryTheFactorUnchanged) {
  const Factor half = Factor::of_millionths(Factor::one / 2);
  EXPECT_EQ(allowed({.async_request_worker_factor = half}).per_idle, half);
}

// One row: a directive out of its range, what is told, and the field that changes.
struct OutOfRange {
  Directives asked;
  Adjustment told;
  int Limits::*field;
};

class LimitsOutOfRange : public ::testing::TestWithParam<OutOfRange> {};

TEST_P(LimitsOutOfRange, AreCorrectedAndTold) {
  const auto& [asked, adjustment, field] = GetParam();
  EXPECT_EQ(allowed(asked).*field, adjustment.allowed);
  EXPECT_THAT(told(asked), ElementsAre(adjustment));
}

INSTANTIATE_TEST_SUITE_P(
    OneByOne, LimitsOutOfRange,
    ::testing::Values(
        OutOfRange{
            {.server_limit = 20001}, {ServerLimitAboveCap, 20001, 20000, 20000}, &Limits::server_limit},
        OutOfRange{{.server_limit = 0, .max_request_workers = 25},
                   {ServerLimitBelowOne, 0, 1, 1},
                   &Limits::server_limit},
        OutOfRange{{.server_limit = -7, .max_request_workers = 25},
                   {ServerLimitBelowOne, -7, 1, 1},
                   &Limits::server_limit},
        OutOfRange{
            {.thread_limit = 100001}, {ThreadLimitAboveCap, 100001, 100000, 100000}, &Limits::thread_limit},
        OutOfRange{{.max_request_workers = 16, .threads_per_child = 1, .thread_limit = 0},
                   {ThreadLimitBelowOne, 0, 1, 1},
                   &Limits::thread_limit},
        OutOfRange{{.max_request_workers = 640, .threads_per_child = 65},
                   {ThreadsPerChildAboveThreadLimit, 65, 64, 64},
                   &Limits::threads_per_child},
        OutOfRange{{.max_request_workers = 16, .threads_per_child = 0},
                   {ThreadsPerChildBelowOne, 0, 1, 1},
                   &Limits::threads_per_child},
        OutOfRange{{.max_request_workers = 24},
                   {MaxRequestWorkersBelowThreadsPerChild, 24, 25, 25},
                   &Limits::max_workers},
        OutOfRange{{.max_request_workers = -1},
                   {MaxRequestWorkersBelowThreadsPerChild, -1, 25, 25},
                   &Limits::max_workers},
        OutOfRange{{.max_request_workers = 399},
                   {MaxRequestWorkersNotAMultiple, 399, 25, 375, 15},
                   &Limits::max_workers},
        OutOfRange{{.start_servers = 0}, {StartServersBelowOne, 0, 1, 1}, &Limits::start_servers},
        OutOfRange{{.min_spare_threads = 0}, {MinSpareThreadsBelowOne, 0, 1, 1}, &Limits::min_spare_threads},
        OutOfRange{{.min_spare_threads = -huge - 1},
                   {MinSpareThreadsBelowOne, -huge - 1, 1, 1},
                   &Limits::min_spare_threads}));

TEST(Limits, AtTheirVeryEdgeAreLeftAlone) {
  const Directives widest{.server_limit = 20000,
                          .max_request_workers = 2'000'000'000,
                          .threads_per_child = 100000,
                          .thread_limit = 100000};
  EXPECT_THAT(told(widest), IsEmpty());
  EXPECT_EQ(allowed(widest).active_children_limit, 20000);

  const Directives narrowest{.start_servers = 1,
                             .server_limit = 1,
                             .min_spare_threads = 1,
                             .max_request_workers = 1,
                             .threads_per_child = 1,
                             .thread_limit = 1};
  EXPECT_THAT(told(narrowest), IsEmpty());
  EXPECT_EQ(allowed(narrowest).active_children_limit, 1);
}

TEST(Limits, CountChildrenInWholeThreadsPerChild) {
  EXPECT_EQ(allowed({.max_request_workers = 375}).active_children_limit, 15);
  EXPECT_EQ(allowed({.max_request_workers = 399}).active_children_limit, 15);
  EXPECT_EQ(allowed({.max_request_workers = 24}).active_children_limit, 1);
}

TEST(Limits, NoticeThatTheDefaultOfMaxRequestWorkersDoesNotFollowThreadsPerChild) {
  EXPECT_THAT(told({.threads_per_child = 30}),
              ElementsAre(Adjustment{MaxRequestWorkersNotAMultiple, 400, 30, 390, 13}));
}

TEST(Limits, ReportEveryCorrectionOfASettingThatNeedsSeveral) {
  EXPECT_THAT(told({.max_request_workers = 1001}), SizeIs(2))
      << "no multiple, and more than the scoreboard has";
}

TEST(Limits, AllowNoMoreChildrenThanTheScoreboardHas) {
  const auto [limits, pinned, adjustments] = enforce({.max_request_workers = 1000}, nothing_yet);
  EXPECT_THAT(adjustments, ElementsAre(Adjustment{MaxRequestWorkersAboveServerLimit, 1000, 16, 400, 40}));
  EXPECT_EQ(limits.active_children_limit, 16);
  EXPECT_EQ(limits.max_workers, 1000)
      << "or a full scoreboard would be reported as reached MaxRequestWorkers";
}

TEST(Limits, OfMaxSpareThreadsAreLeftToTheRun) {
  EXPECT_EQ(allowed({.max_spare_threads = -5}).max_spare_threads, -5);
  EXPECT_THAT(told({.max_spare_threads = -5}), IsEmpty());
}

TEST(Limits, OfStartServersHaveNoUpperEndBeforeTheRun) {
  EXPECT_EQ(allowed({.start_servers = 5000}).start_servers, 5000);
  EXPECT_THAT(told({.start_servers = 5000}), IsEmpty());
}

TEST(Limits, AreCorrectedInTheOrderInWhichTheyBuildOnEachOther) {
  const Directives all_wrong{.start_servers = 0,
                             .server_limit = 0,
                             .min_spare_threads = 0,
                             .max_request_workers = 100'001,
                             .threads_per_child = 200'000,
                             .thread_limit = 300'000};
  EXPECT_THAT(
      told(all_wrong),
      ElementsAre(Adjustment{ServerLimitBelowOne, 0, 1, 1},
                  Adjustment{ThreadLimitAboveCap, 300'000, 100'000, 100'000},
                  Adjustment{ThreadsPerChildAboveThreadLimit, 200'000, 100'000, 100'000},
                  Adjustment{MaxRequestWorkersNotAMultiple, 100'001, 100'000, 100'000, 1},
                  Adjustment{StartServersBelowOne, 0, 1, 1}, Adjustment{MinSpareThreadsBelowOne, 0, 1, 1}));
}

TEST(Limits, WithEveryCorrectionThatCanMeetAreAllTold) {
  const Directives asked{.start_servers = 0,
                         .server_limit = huge,
                         .min_spare_threads = 0,
                         .max_request_workers = 1001,
                         .threads_per_child = 100,
                         .thread_limit = huge};
  const auto adjustments = enforce(asked, {.server_limit = 2, .thread_limit = 10}).adjustments;
  EXPECT_THAT(adjustments, ElementsAre(Adjustment{ServerLimitAboveCap, huge, 20'000, 20'000},
                                       Adjustment{ServerLimitPinned, 20'000, 2, 2},
                                       Adjustment{ThreadLimitAboveCap, huge, 100'000, 100'000},
                                       Adjustment{ThreadLimitPinned, 100'000, 10, 10},
                                       Adjustment{ThreadsPerChildAboveThreadLimit, 100, 10, 10},
                                       Adjustment{MaxRequestWorkersNotAMultiple, 1001, 10, 1000, 100},
                                       Adjustment{MaxRequestWorkersAboveServerLimit, 1000, 2, 20, 100},
                                       Adjustment{StartServersBelowOne, 0, 1, 1},
                                       Adjustment{MinSpareThreadsBelowOne, 0, 1, 1}));
}

TEST(PinnedLimits, AreThoseOfTheFirstConfigurationAfterItsCorrection) {
  EXPECT_EQ(enforce({.server_limit = 4, .thread_limit = 30}, nothing_yet).pinned, (Pinned{4, 30}));
  EXPECT_EQ(enforce({.server_limit = 0, .thread_limit = huge}, nothing_yet).pinned, (Pinned{1, 100'000}));
}

TEST(PinnedLimits, OutlastEveryLaterConfiguration) {
  const Pinned first{4, 30};
  const auto [limits, pinned, adjustments] =
      enforce({.server_limit = 8, .max_request_workers = 100, .thread_limit = 64}, first);
  EXPECT_EQ(pinned, first);
  EXPECT_EQ(limits.server_limit, 4);
  EXPECT_EQ(limits.thread_limit, 30);
  EXPECT_THAT(adjustments,
              ElementsAre(Adjustment{ServerLimitPinned, 8, 4, 4}, Adjustment{ThreadLimitPinned, 64, 30, 30}));
}

TEST(PinnedLimits, AreNotMentionedWhileTheyAreAskedForAgain) {
  EXPECT_THAT(enforce({}, {16, 64}).adjustments, IsEmpty());
}

TEST(PinnedLimits, BoundThreadsPerChild) {
  EXPECT_EQ(enforce({.threads_per_child = 50, .thread_limit = 64}, {16, 30}).limits.threads_per_child, 30);
}

TEST(OneBucket, LeavesEnoughSpareAlone) { EXPECT_EQ(fit_to_buckets(Limits{}, 1), Limits{}); }

TEST(OneBucket, RaisesMaxSpareThreadsOverOneMoreChild) {
  const Limits tight{.threads_per_child = 25, .min_spare_threads = 75, .max_spare_threads = 100};
  EXPECT_EQ(fit_to_buckets(tight, 1).max_spare_threads, 75 + 25 + 1);
  EXPECT_EQ(fit_to_buckets(tight, 1).min_spare_threads, 75);
}

TEST(OneBucket, StartsNoMoreServersThanMayBeActive) {
  EXPECT_EQ(fit_to_buckets({.active_children_limit = 2, .start_servers = 5}, 1).start_servers, 2);
}

TEST(ManyBuckets, HaveAChildEachAndAnIdleThreadEachBesides) {
  const Limits small{.threads_per_child = 10,
                     .max_workers = 20,
                     .active_children_limit = 2,
                     .start_servers = 1,
                     .min_spare_threads = 5,
                     .max_spare_threads = 6};
  const Limits fitted = fit_to_buckets(small, 4);
  EXPECT_EQ(fitted.active_children_limit, 4);
  EXPECT_EQ(fitted.start_servers, 4);
  EXPECT_EQ(fitted.min_spare_threads, 10 * 3 + 4);
  EXPECT_EQ(fitted.max_spare_threads, 34 + (10 + 1) * 4);
}

TEST(ManyBuckets, LeaveAloneWhatIsWideEnough) {
  const Limits wide{
      .active_children_limit = 16, .start_servers = 5, .min_spare_threads = 200, .max_spare_threads = 400};
  EXPECT_EQ(fit_to_buckets(wide, 4), wide);
}

TEST(ManyBuckets, NeverCarrySpareThreadsPastTheEndOfTheirType) {
  const Limits fitted = fit_to_buckets({.threads_per_child = 100'000, .min_spare_threads = huge}, 64);
  EXPECT_EQ(fitted.min_spare_threads, huge);
  EXPECT_EQ(fitted.max_spare_threads, huge);
}

}  // namespace
}  // namespace mpm
