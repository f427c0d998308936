"""Certificates, and TLS clients of every version."""

import ssl
import subprocess

from lab.tls import NEW_KEY

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Keys:
    """server.pem, client.pem: certificate and key; authority.pem, which has signed the client's."""

    def __init__(self, folder):
        self.folder = folder
        folder.chmod(0o755)
        self.server, self.client, self.authority = (folder / f"{x}.pem" for x in ("server", "client", "authority"))
        self._self_signed("server", "x")
        self._self_signed("authority", "Authority")
        self._openssl(f"req -new {NEW_KEY} -subj /CN=Member -keyout client.key -out client.csr")
        signed_by = "-CA authority.pem -CAkey authority.key -CAcreateserial"
        self._openssl(f"x509 -req -in client.csr {signed_by} -days 2 -out client.crt")
        self.client.write_text((folder / "client.crt").read_text() + (folder / "client.key").read_text())

    def _self_signed(self, name, subject):
        self._openssl(f"req -x509 {NEW_KEY} -subj /CN={subject} -days 2 -keyout {name}.key -out {name}.pem")

    def _openssl(self, command):
        subprocess.run(["openssl", *command.split()], cwd=self.folder, check=True, capture_output=True)

    def host(self, more=""):
        """A virtual host with TLS on the second port."""
        return (
            f"SSLSessionCache none\n<VirtualHost 127.0.0.1:{{port1}}>\nSSLEngine On\nSSLCertificateFile {self.server}\n"
            f"SSLCertificateKeyFile {self.folder}/server.key\nSSLCACertificateFile {self.authority}\n{more}"
            "</VirtualHost>\n"
        )


MODULES = ("socache_shmcb", "ssl")


def context(version=None, *, certificate=None, protocols=()):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the system's authorities: reading them takes long
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if version:
        made.minimum_version = made.maximum_version = version
    if certificate:
        made.load_cert_chain(certificate)
        made.post_handshake_auth = True
    if protocols:
        made.set_alpn_protocols(list(protocols))
    return made


def client(server, version=None, *, certificate=None, protocols=(), **options):
    made = context(version, certificate=certificate, protocols=protocols)
    return server.client(port=server.ports[1], tls=made, **options)
