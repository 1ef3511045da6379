"""The connections of clients: how many there may be, how long they may be idle, and what they are told."""
