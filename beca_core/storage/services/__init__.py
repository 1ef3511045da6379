"""The use cases of the server, one module each: what can be done with the stored data, and nothing about HTTP.

All calls are synchronous and safe from any thread; each is one or two short transactions.
"""

import beca_core.storage.database  # noqa: F401 - names the missing extra before a module here fails to import
