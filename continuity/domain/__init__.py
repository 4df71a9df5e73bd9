"""Rules of work during and after an outage: pure, no clock, no framework."""
