"""Recorded market data as input: reading it, and counting what it holds."""
