"""Polymarket's three signatures: orders (EIP-712), creation of API keys (L1) and private calls (L2)."""
