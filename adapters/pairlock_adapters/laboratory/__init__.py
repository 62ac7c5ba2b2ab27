"""Simulated exchanges that speak the venues' own REST and WebSocket, for any client in any language."""
