"""Helpers that know nothing of Rekognition: clocks, seeded random numbers, identifiers."""
