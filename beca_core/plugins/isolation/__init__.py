"""Plugins in processes of their own: what runs there, and what stands for it here."""
