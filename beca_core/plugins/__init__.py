"""Plugins: the hooks that they implement, and the registry that loads them."""
