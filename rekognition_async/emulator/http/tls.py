"""TLS with a certificate of the emulator's own, that clients trust by a file."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path


class Certificate:
    """A certificate for the emulator, and the file of the authority that made it.

    Attributes:
        path: The authority's certificate in PEM, for clients.
        context: What the server speaks TLS with.
    """

    def __init__(self, *names: str) -> None:
        """Makes a new authority, and a certificate for this machine and for ``names``.

        Raises:
            RuntimeError: The extra ``emulator`` is not installed.
        """
        try:
            import trustme  # noqa: PLC0415 - it comes with the extra
        except ModuleNotFoundError as error:
            raise RuntimeError(
                "TLS needs more packages: pip install 'rekognition-async[emulator]'"
            ) from error
        authority = trustme.CA(organization_name="rekognition-async emulator")
        issued = authority.issue_cert(*dict.fromkeys(("localhost", "127.0.0.1", "::1", *names)))
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issued.configure_cert(self.context)
        self._folder = tempfile.TemporaryDirectory(prefix="rekognition-emulator-")
        self.path = Path(self._folder.name) / "ca.pem"
        authority.cert_pem.write_to_path(self.path)

    def remove(self) -> None:
        """Removes the file."""
        self._folder.cleanup()
