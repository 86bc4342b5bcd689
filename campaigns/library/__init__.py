"""The library: a warning for each scam type, written in every language that warnings are written in.

A draft begins with one of them; an agency adds what only it knows: its hotline, its figures, the cases of its
region.
"""
