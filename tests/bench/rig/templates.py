"""The configurations of the servers. Both serve the same files, and neither writes a log of requests."""

# So many children, no more and no less: what is measured is how they serve, not how they come and go.
HTTPD = """\
ServerRoot {root}
DefaultRuntimeDir {root}
PidFile {root}/httpd.pid
ServerName localhost
Listen 127.0.0.1:{port} http
LoadModule {symbol} "{module}"
<IfModule !mod_unixd.c>
  LoadModule unixd_module "{libexec}/mod_unixd.so"
</IfModule>
LoadModule authz_core_module "{libexec}/mod_authz_core.so"
User www-data
Group www-data
ErrorLog {root}/error.log
LogLevel warn
Timeout 60
KeepAlive On
KeepAliveTimeout 300
MaxKeepAliveRequests 0
EnableMMAP Off
ServerLimit {slots}
StartServers {children}
ThreadLimit {threads}
ThreadsPerChild {threads}
MaxRequestWorkers {workers}
MinSpareThreads {spare}
MaxSpareThreads {most_spare}
{factor}
DocumentRoot {root}/htdocs
<Directory />
  AllowOverride None
  Require all granted
</Directory>
{parts}"""

# What some loads need besides. The handlers are from the system tests.
HTTPD_PARTS = {
    "handlers": """\
LoadModule lab_module "{lab}"
<Location /sleep>
  SetHandler lab-sleep
</Location>
<Location /spin>
  SetHandler lab-spin
</Location>
""",
    "index": """\
LoadModule dir_module "{libexec}/mod_dir.so"
DirectoryIndex index.html
""",
    "tls": """\
LoadModule socache_shmcb_module "{libexec}/mod_socache_shmcb.so"
LoadModule ssl_module "{libexec}/mod_ssl.so"
SSLSessionCache none
Listen 127.0.0.1:{other_port} https
<VirtualHost 127.0.0.1:{other_port}>
  SSLEngine On
  SSLCertificateFile {root}/cert.pem
  SSLCertificateKeyFile {root}/key.pem
</VirtualHost>
""",
    "http2": """\
LoadModule http2_module "{libexec}/mod_http2.so"
Listen 127.0.0.1:{other_port} http
<VirtualHost 127.0.0.1:{other_port}>
  Protocols h2c
</VirtualHost>
""",
}

NGINX = """\
daemon off;
{user}
worker_processes {children};
worker_rlimit_nofile {descriptors};
pid {root}/nginx.pid;
error_log {root}/error.log warn;
events {{
  worker_connections {most};
}}
http {{
  access_log off;
  default_type text/plain;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=511;
    root {root}/htdocs;
    {parts}
  }}
}}
"""

NGINX_PARTS = {
    "index": "",
    "tls": "listen 127.0.0.1:{other_port} ssl; ssl_certificate {root}/cert.pem; ssl_certificate_key {root}/key.pem;",
    "http2": "listen 127.0.0.1:{other_port} http2;",
}
