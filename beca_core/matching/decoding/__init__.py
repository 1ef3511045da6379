"""Decoders: secrets in base64, in hexadecimal digits, or with escapes, also nested.

BECA does not decode everything that looks like base64: nearly every text is full of it. Instead the prefilter also
looks for the encoded forms of its literals (`forms`). Around each form, the text is decoded (`search`), unless the
digits next to it show that the form is a coincidence (`peek`). The decoded text is scanned like any other, and each
match gets its span in the original text (`nested`).
"""
