"""What a clinician goes through in an outage, on whole stacks and in a real browser."""
