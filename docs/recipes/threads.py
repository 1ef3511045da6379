"""Threads

Make one `Engine` and share it.
"""

from concurrent.futures import ThreadPoolExecutor

from beca_core import Engine

engine = Engine()  # immutable: it compiles the rules once, and any number of threads may use it at the same time

contents = {f"message-{number}": b"hello" for number in range(50)}
contents["message-7"] = b'private_key = "hunter2hunter2"'

with ThreadPoolExecutor(max_workers=4) as pool:
    for report in pool.map(engine.scan_bytes, contents.values(), contents.keys()):
        for finding in report.findings:
            print(finding.location.path, finding.redacted)
