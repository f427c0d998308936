dnl Read by buildconf before --with-mpm is: says whether this platform can have this MPM. Whether APR's pollset can be
dnl woken is not known before it runs; start-up says so where it cannot.
AC_MSG_CHECKING([whether this platform can run the event MPM])
if test "$forking_mpms_supported" != yes; then
    AC_MSG_RESULT([no, it does not fork])
elif test "$ac_cv_define_APR_HAS_THREADS" != yes; then
    AC_MSG_RESULT([no, this APR has no threads])
elif test "$have_threaded_sig_graceful" != yes; then
    AC_MSG_RESULT([no, the signal of a graceful restart is taken by its threads])
elif test "$ac_cv_have_threadsafe_pollset" != yes; then
    AC_MSG_RESULT([no, this APR has no pollset that threads can share])
else
    AC_MSG_RESULT([yes])
    APACHE_MPM_SUPPORTED(event, yes, yes)
fi
