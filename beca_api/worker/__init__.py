"""Scans run in the background: the result table holds the truth, and a message only says that a row is waiting.

The server needs two calls, with a broker and without one::

    with open_notifier(settings, database) as notifier:  # may block for some seconds, so call it in a thread
        result = results.queue(repository_id, scope)     # commits the row
        notifier.notify(result.id)                       # returns at once and never raises

Without `BROKER_URL` the `with` block also runs the scans in this process (`embedded`). With it, `beca worker` processes
run them (`standalone`). Both start a `ScanWorker`. `scan_process` holds the child process of one scan, `mirrors` what
this machine caches of repositories between scans.

This module imports nothing: the child processes of scans live in this package, and must not load a broker or an ORM.
"""
