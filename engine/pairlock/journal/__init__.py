"""The journal: what is durable before anything is done. Records and their chain, stores, group commit."""
