"""The rules of compassionate access (CSP art. L5121-12-1, R5121-74 to R5121-74-10); pure Python."""
