"""Polymarket's international CLOB (V2) as a venue of the engine. Only ``client``, ``feed`` and ``venue`` await."""
