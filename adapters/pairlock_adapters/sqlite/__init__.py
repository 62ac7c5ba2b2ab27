"""The embedded journal: one SQLite file (WAL, synchronous=FULL) through APSW. See ``schema`` for what lies in it."""
