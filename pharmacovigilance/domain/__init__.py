"""The rules of pharmacovigilance: pure Python, no clock, no identifier made here."""
