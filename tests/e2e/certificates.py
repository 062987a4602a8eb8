"""Certificates by openssl: an authority of one test, and what it issues."""
import itertools
import pathlib
import subprocess

NAMES = "DNS:localhost,IP:127.0.0.1"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    def __init__(self, folder, name="Test Authority", days=30):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = self.folder / "ca.pem", self.folder / "ca.key"
        self.numbers = itertools.count(1)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.key, "-out", self.certificate, "-subj", f"/CN={name}", "-days", days)

    def issue(self, common_name="localhost", days=90, names=NAMES):
        """(certificate, key): files for a server, valid for so many days."""
        stem = self.folder / f"leaf-{next(self.numbers)}"
        certificate, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
        request, extensions = stem.with_suffix(".csr"), stem.with_suffix(".ext")
        extensions.write_text("basicConstraints=critical,CA:FALSE\n" +
                              (f"subjectAltName={names}\n" if names else ""))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-out", request, "-subj", f"/CN={common_name}")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", certificate)
        return certificate, key
