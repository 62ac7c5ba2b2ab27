"""The proof for any size: claims 9, 13 and 14 by induction over every quantity, and any number of crashes and attempts.

``state`` says what is looked at, ``invariant`` what holds always, ``world`` and ``moves`` what may happen, ``check``
asks z3; ``abstraction`` and ``conform`` hold the proof to the shipped engine; ``unsafe`` shows that the proof can fail.
"""
