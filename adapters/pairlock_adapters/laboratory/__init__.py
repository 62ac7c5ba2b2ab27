"""The laboratory: both simulated venues on loopback, in their own REST and WebSocket protocols."""
