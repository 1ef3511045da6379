"""Formats that are made to be handed on: to a code host, a test reporter, a spreadsheet, a colleague.

A file in one of them is uploaded, attached or mailed, so none of them ever holds a secret in clear, whatever was asked
for: `redact=False` has no effect on them.
"""
