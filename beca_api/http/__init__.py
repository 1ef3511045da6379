"""The REST API: `server` serves the aiohttp application of `app`; `handlers` holds its operations."""
