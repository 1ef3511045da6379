"""asyncio, with a time limit

Scan what others send in a child process: it can be ended at any time, and the event loop never waits for it. A thread
(`asyncio.to_thread`) is enough for small texts. There, an exception that `progress` raises ends a scan between two
contents; nothing ends it within one, and a file of 30 MB that is full of secrets takes a minute.

Install aiohttp, run this, and send an upload: `curl --data-binary @upload.zip http://127.0.0.1:8080/scan`.
"""

import asyncio
import sys

from aiohttp import web

SECONDS = 10.0
MAX_BYTES = 32 * 1024**2
SLOTS = web.AppKey("slots", asyncio.Semaphore)

CHILD = """
import sys, beca_core
report = beca_core.scan_bytes(sys.stdin.buffer.read(), "upload")
beca_core.write(report, "json", sys.stdout)
"""


async def scan_upload(data: bytes, seconds: float) -> str:
    """Scan an upload in a child process, and return the report as JSON.

    Raises:
        TimeoutError: If it takes longer; the child process has then ended.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", CHILD, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(seconds):
            report, _ = await child.communicate(data)
    finally:  # after a time-out, and when the handler is cancelled
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise RuntimeError(f"The scan of an upload ended with {child.returncode}.")
    return report.decode()


async def handle(request: web.Request) -> web.Response:
    """Answer with the report of the upload that is the body; aiohttp refuses a longer one with 413."""
    data = await request.read()
    try:
        async with request.app[SLOTS]:
            report = await scan_upload(data, SECONDS)
    except TimeoutError:
        raise web.HTTPUnprocessableEntity(text="The upload takes too long to scan.\n") from None
    return web.Response(text=report, content_type="application/json")


def make_app() -> web.Application:
    """Return the application; it scans four uploads at a time."""
    app = web.Application(client_max_size=MAX_BYTES)
    app[SLOTS] = asyncio.Semaphore(4)
    app.router.add_post("/scan", handle)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
