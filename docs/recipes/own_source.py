"""A source of your own

A `Source` is what an engine reads; `open_source` opens those of BECA. One of your own can be as small as this:
"""

from beca_core import Blob, Engine, FixedShare, FlatReading, Limits, Resume, Scope


class Mailbox:
    """A source of mails, each with a name."""

    scope = Scope.FILES

    def __init__(self, mails: dict[str, bytes]) -> None:
        self.mails = mails

    def start(self, limits: Limits, resume: Resume | None = None) -> FlatReading:
        """Share out what there is to read; the name of a mail is the path that its findings show."""
        return FlatReading([FixedShare([Blob(name, data) for name, data in self.mails.items()])])

    def close(self) -> None:
        """Do nothing: nothing is open."""


report = Engine().scan(Mailbox({"inbox/1": b"hello", "inbox/2": b'private_key = "hunter2hunter2"'}))
for finding in report.findings:
    print(finding.location.path, finding.redacted)
