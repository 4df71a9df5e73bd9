"""What is recorded of people's readings: pure, no clock, no framework."""
