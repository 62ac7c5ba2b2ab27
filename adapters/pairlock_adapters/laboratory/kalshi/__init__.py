"""The Kalshi face: trade API v2, REST and WebSocket, as of autumn 2026."""
