"""A second port that speaks TLS, with a certificate of its own."""

import ssl
import subprocess

MODULES = ("socache_shmcb", "ssl")
HTTPS = """\
SSLSessionCache none
<VirtualHost 127.0.0.1:{port1}>
  SSLEngine On
  SSLCertificateFile {out}/cert.pem
  SSLCertificateKeyFile {out}/key.pem
</VirtualHost>
"""


NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


def certify(server):
    """Makes the certificate that HTTPS names; before the server starts."""
    command = f"openssl req -x509 {NEW_KEY} -subj /CN=x -days 2 -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=server.out, check=True, capture_output=True)
    return server


def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made
