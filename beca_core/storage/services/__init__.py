"""The use cases of the server, without HTTP: repositories, results, the queue of scans, and tokens.

All calls are synchronous and thread-safe; each is one or two short transactions.
"""

import beca_core.storage.database  # noqa: F401 - reports a missing extra before an import here fails
