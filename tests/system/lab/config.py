"""Configuration: the template of every server, and the sizes that tests ask for."""

TEMPLATE = """\
ServerRoot {root}
DefaultRuntimeDir {root}/run
PidFile {root}/run/httpd.pid
ServerName localhost
{listen}
{modules}
User {user}
Group {group}
ErrorLog {root}/logs/error.log
LogLevel info mpm_event:debug
DocumentRoot {root}/htdocs
DirectoryIndex index.html
TypesConfig /dev/null
ExtendedStatus On
Timeout 20
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 20
EnableSendfile On
ServerLimit 4
ThreadLimit 64
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 32
MinSpareThreads 1
MaxSpareThreads 64
<Directory {root}/htdocs>
  Require all granted
  Options None
  AllowOverride None
</Directory>
<Location /server-status>
  SetHandler server-status
</Location>
{directives}
"""
BASE_MODULES = ("authz_core", "mime", "dir", "alias", "env", "setenvif", "status")


def one_child(threads, factor=2, *, slots=1):
    """A server of one child; with more slots an old child may finish beside a new one."""
    return (
        f"ServerLimit {slots}\nThreadLimit {threads}\nStartServers 1\nThreadsPerChild {threads}\n"
        f"MaxRequestWorkers {threads}\nMinSpareThreads 1\nMaxSpareThreads {threads}\n"
        f"AsyncRequestWorkerFactor {factor}\n"
    )


def several(children, threads, *, most, slots=None, spare):
    """A server that starts with some children and may have `most`; spare is (MinSpareThreads, MaxSpareThreads)."""
    return (
        f"ServerLimit {slots or most}\nThreadLimit {threads}\nStartServers {children}\nThreadsPerChild {threads}\n"
        f"MaxRequestWorkers {most * threads}\nMinSpareThreads {spare[0]}\nMaxSpareThreads {spare[1]}\n"
    )


def location(path, handler):
    return f"<Location {path}>\nSetHandler {handler}\n</Location>\n"


SLEEP = location("/sleep", "lab-sleep")
"""/sleep?ms=N answers after N milliseconds; needs mod_lab."""

CGID = "ScriptSock {root}/run/cgid.sock\n"
"""For mod_cgid, whose daemon the parent forks before any child."""

TWO_CHILDREN = several(2, 8, most=4, spare=(12, 32))
"""Two children of 8 workers; a third is forked when both together have fewer than 12 idle."""
