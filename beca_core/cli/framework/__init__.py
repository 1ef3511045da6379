"""What every command stands on: its declaration, its arguments and options, its streams, and how it ends."""
