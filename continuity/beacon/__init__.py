"""The beacon: says what works when nothing else does.

A process of its own, of the standard library alone (psycopg only in the database's probe, which is
another process), started before everything and stopped after it.
"""
