#include "httpd/release.hpp"

#include <gtest/gtest.h>

namespace {
int patch = 0;
}  // namespace

// httpd's own, in a server.
void ap_get_server_revision(ap_version_t* version) {
  *version = {.major = AP_SERVER_MAJORVERSION_NUMBER,
              .minor = AP_SERVER_MINORVERSION_NUMBER,
              .patch = patch,
              .add_string = ""};
}

namespace mpm::httpd {
namespace {

TEST(AnHttpd, IsOlderThanItsHeadersIfItsReleaseCameBefore) {
  patch = AP_SERVER_PATCHLEVEL_NUMBER - 1;
  EXPECT_TRUE(is_older_than_its_headers());
  patch = AP_SERVER_PATCHLEVEL_NUMBER;
  EXPECT_FALSE(is_older_than_its_headers());
  patch = AP_SERVER_PATCHLEVEL_NUMBER + 1;
  EXPECT_FALSE(is_older_than_its_headers());
}

}  // namespace
}  // namespace mpm::httpd
