"""The outbox: what has changed on the server, for whoever wants to hear of it."""
