dnl Read by buildconf after --with-mpm and --enable-mpms-shared: the objects, the C++ compiler and what its code needs.

dnl An object for each layer, whose sources NAME.cpp includes: scripts/into-httpd made it.
mpm_event_objects=
for mpm_event_source in "$srcdir"/server/mpm/event/*.cpp; do
    mpm_event_objects="$mpm_event_objects `basename "$mpm_event_source" .cpp`.lo"
done

APACHE_MPM_MODULE(event, $enable_mpm_event, [$mpm_event_objects], [
    APACHE_REQUIRE_CXX
    AC_LANG_PUSH([C++])
    mpm_event_saved_cxxflags=$CXXFLAGS

    dnl A compiler that takes the option may still lack what is used of the language and of its library.
    AC_CACHE_CHECK([whether $CXX compiles C++20], [mpm_event_cv_cxx20], [
        CXXFLAGS="$CXXFLAGS -std=c++20"
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
            #include <bit>
            #include <compare>
            #include <concepts>
            #include <span>
            struct Point { int x; auto operator<=>(const Point&) const = default; };
            template <std::unsigned_integral T> constexpr bool is_power(T n) { return std::has_single_bit(n); }
        ]], [[
            static_assert(is_power(8u) && Point{.x = 1} < Point{.x = 2});
            return std::span<const int>{}.empty() ? 0 : 1;
        ]])], [mpm_event_cv_cxx20=yes], [mpm_event_cv_cxx20=no])
        CXXFLAGS=$mpm_event_saved_cxxflags
    ])
    if test "$mpm_event_cv_cxx20" != yes; then
        AC_MSG_ERROR([the event MPM needs C++20 as of g++ 12 or clang++ 14, and not $CXX; name one with CXX=...])
    fi

    dnl -fno-gnu-unique: httpd unloads and loads a shared MPM at every restart, and an object with a bound symbol of
    dnl that kind is never unloaded. clang makes none, and does not know the option.
    MPM_EVENT_CXXFLAGS="-std=c++20"
    for mpm_event_flag in -pthread -fvisibility=hidden -fvisibility-inlines-hidden -fno-gnu-unique; do
        AC_MSG_CHECKING([whether $CXX takes $mpm_event_flag])
        CXXFLAGS="$mpm_event_saved_cxxflags -Werror $mpm_event_flag"
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [
            MPM_EVENT_CXXFLAGS="$MPM_EVENT_CXXFLAGS $mpm_event_flag"
            AC_MSG_RESULT([yes])
        ], [AC_MSG_RESULT([no])])
    done
    CXXFLAGS=$mpm_event_saved_cxxflags

    dnl Assertions are for those who asked httpd for its own.
    case " $NOTEST_CPPFLAGS " in
        *" -DAP_DEBUG "*) ;;
        *) MPM_EVENT_CXXFLAGS="$MPM_EVENT_CXXFLAGS -DNDEBUG" ;;
    esac

    dnl httpd links everything with the C compiler, so the library of the C++ one has to be named.
    if test -z "$MOD_MPM_EVENT_LDADD"; then
        AC_MSG_CHECKING([for the library of $CXX])
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <memory>]],
                                           [[return *std::make_unique<int>(1);]])], [
            for mpm_event_library in -lstdc++ -lc++; do
                if $CC $CFLAGS $LDFLAGS -o conftest$ac_exeext conftest.$ac_objext $mpm_event_library $LIBS \
                   >&AS_MESSAGE_LOG_FD 2>&1; then
                    MOD_MPM_EVENT_LDADD=$mpm_event_library
                    break
                fi
            done
        ])
        if test -z "$MOD_MPM_EVENT_LDADD"; then
            AC_MSG_RESULT([not found])
            AC_MSG_ERROR([$CC cannot link what $CXX compiles; name the library with MOD_MPM_EVENT_LDADD=...])
        fi
        AC_MSG_RESULT([$MOD_MPM_EVENT_LDADD])
    fi
    AC_LANG_POP([C++])

    dnl The standard library's templates are visible whatever -fvisibility says.
    if test -n "$enable_mpm_event"; then
        MPM_EVENT_LDFLAGS="-export-symbols-regex '^mpm_event_module\$\$'"
    fi
], , [\$(MOD_MPM_EVENT_LDADD)])

MPM_EVENT_OBJECTS=$mpm_event_objects
APACHE_SUBST(MPM_EVENT_OBJECTS)
APACHE_SUBST(MPM_EVENT_CXXFLAGS)
APACHE_SUBST(MPM_EVENT_LDFLAGS)
APACHE_SUBST(MOD_MPM_EVENT_LDADD)
