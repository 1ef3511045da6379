"""A text, and an upload

`scan_text` returns findings alone. Where it matters that everything was read, use `scan_bytes`: its report has the
coverage. Archives are opened; the path of a finding in one is `ARCHIVE!MEMBER`.
"""

import io
import zipfile

import beca_core
from beca_core import Limits

for finding in beca_core.scan_text('private_key = "hunter2hunter2"'):
    print("in the text:", finding.rule_id, finding.redacted)

upload = io.BytesIO()
with zipfile.ZipFile(upload, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("config/app.ini", 'private_key = "hunter2hunter2"\n')

limits = Limits(max_blob_bytes=32 * 1024**2, archive_members=1000, archive_bytes=256 * 1024**2, scan_seconds=10)
report = beca_core.scan_bytes(upload.getvalue(), "upload.zip", limits=limits)
for finding in report.findings:
    print("in the upload:", finding.location.path, finding.redacted)
if report.findings:
    print("refused")
elif report.coverage.complete:
    print("accepted")
else:  # a limit was reached, a member is encrypted or damaged, or a plugin failed
    print("not known:", dict(report.coverage.skipped), list(report.coverage.problems))
