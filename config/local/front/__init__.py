"""The door of the site: an event loop that reads whole requests before any of them takes a thread.

A slow, silent or hostile client costs one coroutine here, and nothing behind. Declarations wait in a
queue of their own, the most urgent first and in turn between senders; reads are refused first.
"""
