"""The line to the log, under every way in which the log can fail it."""
