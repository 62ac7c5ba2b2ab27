"""The laboratory's Polymarket: order book, Gamma, Data and sockets, over the simulated exchange."""
