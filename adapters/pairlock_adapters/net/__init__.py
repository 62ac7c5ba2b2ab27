"""How the adapters reach their venues: guarded HTTP, sockets, key failover, rate budgets, the venue's time, secrets."""
