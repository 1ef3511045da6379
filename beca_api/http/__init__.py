"""The REST API: the aiohttp application and everything that speaks HTTP."""
