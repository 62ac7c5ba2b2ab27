"""The shell around the pure core: trio tasks, monitors and the embedding API. Awaits live only here."""
