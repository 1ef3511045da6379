"""Decoders: secrets that a text holds as base64, as hexadecimal digits, or behind escapes, also nested.

A text is not searched for what looks like base64: nearly every text is full of it. Instead the prefilter looks for the
encoded forms of the same literals that it looks for anyway (`forms`). Where it sees one, the text around is decoded
(`search`), what comes out is scanned like any other text, and each match is led back to where it stands (`nested`).
"""
