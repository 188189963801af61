"""A real IMAP server for the tests: Dovecot on a loopback port with one user and a Maildir of its own.

Run as a program, this tells whether there is one: exit code 0 or 1.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from imaplib import IMAP4
from pathlib import Path

USER, PASSWORD = "desk", "pass-word-of-the-mailbox"
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


@dataclass(frozen=True)
class MailServer:
    """A folder of a running server; letters are delivered by `deliver`, what stands in it is told by `flags`."""

    port: int
    folder: str = "INBOX"

    @property
    def url(self) -> str:
        return f"imap://127.0.0.1:{self.port}/{self.folder}"

    def deliver(self, *letters: bytes) -> None:
        with self._client() as client:
            client.create(self.folder)
            for letter in letters:
                done, told = client.append(self.folder, "", "", letter)
                assert done == "OK", told

    def flags(self) -> list[bytes]:
        """The flags of each letter, without \\Recent, which every look changes."""
        with self._client() as client:
            client.select(self.folder, readonly=True)
            told = client.fetch("1:*", "(FLAGS)")[1]
        return [line.replace(b"\\Recent", b"") for line in told if isinstance(line, bytes)]

    def renumber(self) -> None:
        """The server numbers its letters anew (another UIDVALIDITY), as after a restore."""
        with self._client() as client:
            client.select(self.folder, readonly=True)
            letters = [part[1] for part in client.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
            client.unselect()
            client.delete(self.folder)
        self.deliver(*letters)

    @contextmanager
    def _client(self) -> Iterator[IMAP4]:
        client = IMAP4("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        try:
            yield client
        finally:
            client.logout()


def program() -> str | None:
    """Dovecot's path, None when there is none."""
    return shutil.which("dovecot", path=os.pathsep.join([os.environ.get("PATH", ""), *_PLACES]))


@contextmanager
def mail_server() -> Iterator[int]:
    """Dovecot runs for as long as the block lasts; its port."""
    found = program()
    assert found is not None
    with tempfile.TemporaryDirectory(prefix="mail") as name:
        folder, port = Path(name), _free_port()
        log = folder / "dovecot.log"
        (folder / "dovecot.conf").write_text(_configuration(folder, port, log))
        command = [found, "-F", "-c", str(folder / "dovecot.conf")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
            try:
                _wait_for(port, server, log)
                yield port
            finally:
                server.terminate()
                server.wait(timeout=20)


def _configuration(folder: Path, port: int, log: Path) -> str:
    me = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    mails = folder / "mail"
    mails.mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o755)
        os.chown(mails, me.pw_uid, me.pw_gid)
        users = ""
    else:
        users = f"default_internal_user = {getpass.getuser()}\ndefault_login_user = {getpass.getuser()}\n"
    return f"""{users}base_dir = {folder}/run
state_dir = {folder}/state
log_path = {log}
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{mails}
first_valid_uid = 1
passdb {{
  driver = static
  args = user={USER} password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={me.pw_uid} gid={me.pw_gid} home={mails}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[str], log: Path) -> None:
    waited = threading.Event()
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                return
        except OSError:
            if server.poll() is not None:
                said = server.stderr.read() if server.stderr else ""
                raise AssertionError(f"Dovecot ended: {said} {log.read_text() if log.exists() else ''}") from None
            waited.wait(0.1)
    raise AssertionError(f"Dovecot did not answer: {log.read_text() if log.exists() else ''}")


if __name__ == "__main__":
    print(f"Dovecot for the tests: {program() or 'none yet'}")
    sys.exit(program() is None)
