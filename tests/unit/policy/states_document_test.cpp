#include "fakes/table_names.hpp"
#include "mpm/policy/connection_table.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace mpm {
namespace {

// docs/STATES.md is written by this test: MPM_WRITE_STATES=1 policy_test --gtest_filter='StatesDocument.*'

constexpr const char* introduction = R"(# States

The life of a connection, printed from `mpm::table` (include/mpm/policy/connection_table.hpp) by
tests/unit/policy/states_document_test.cpp, which fails when this page and the table differ. It is not edited by hand:
`MPM_WRITE_STATES=1 build/debug/tests/policy_test --gtest_filter='StatesDocument.*'` writes it anew.

An arrow says what happened, and after the slash what is done then. *Park* hands the connection to the parking lot,
*Queue* puts it back into the run queue, *LetGo* leaves it to the module that suspended it; with all the others a worker
goes on with it.

)";

std::string diagram() {
  std::ostringstream out;
  out << "```mermaid\nstateDiagram-v2\n    [*] --> " << name(State::Accepted) << '\n';
  for (const Row& row : table) {
    out << "    " << name(row.from) << " --> " << name(row.to) << " : " << name(row.on) << " / "
        << name(row.then) << '\n';
  }
  out << "    " << name(State::Closed) << " --> [*]\n```\n";
  return out.str();
}

/// States down, events across; what cannot happen is empty.
std::string matrix() {
  std::ostringstream out;
  out << "| |";
  for (const char* event : event_names) out << ' ' << event << " |";
  out << "\n|---|";
  for (std::size_t event = 0; event < events; ++event) out << "---|";
  for (std::size_t state = 0; state < states; ++state) {
    out << "\n| **" << state_names[state] << "** |";
    for (std::size_t event = 0; event < events; ++event) {
      const Row* const row = step(static_cast<State>(state), static_cast<Event>(event));
      if (row) {
        out << ' ' << name(row->to) << " / " << name(row->then) << " |";
      } else {
        out << " |";
      }
    }
  }
  out << '\n';
  return out.str();
}

std::string page() {
  return introduction + diagram() +
         "\nThe same as a table. An empty field is an event that cannot happen there; if it does, that is "
         "our "
         "bug, and the\nconnection is closed.\n\n" +
         matrix();
}

std::filesystem::path path() {
  return std::filesystem::path(__FILE__).parent_path() / ".." / ".." / ".." / "docs" / "STATES.md";
}

TEST(StatesDocument, IsWhatTheTableSays) {
  if (std::getenv("MPM_WRITE_STATES")) std::ofstream(path()) << page();
  std::ostringstream found;
  found << std::ifstream(path()).rdbuf();
  EXPECT_EQ(found.str(), page()) << "write it anew as its first paragraph says";
}

TEST(StatesDocument, NamesEveryStateAndEvent) {
  for (const char* state : state_names) EXPECT_NE(page().find(state), std::string::npos) << state;
  for (const char* event : event_names) EXPECT_NE(page().find(event), std::string::npos) << event;
}

}  // namespace
}  // namespace mpm
