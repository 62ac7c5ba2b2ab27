"""Channels that carry alerts out of the process: ``pairlock.ports.AlertChannel`` over a network."""
