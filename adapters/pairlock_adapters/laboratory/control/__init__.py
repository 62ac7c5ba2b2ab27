"""The control API of the laboratory: markets, faults and the truth, over HTTP and JSON on loopback."""
