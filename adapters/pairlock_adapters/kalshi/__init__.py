"""Kalshi's trade API v2 (V2 orders) as a venue of the engine. Only ``client``, ``feed`` and ``venue`` await."""
