"""Contracts of the engine's arithmetic, each confirmed over all paths by CrossHair on the shipped functions.

A contract is a function whose docstring is its one sentence. Its first asserts say what is given; then comes at least
one other statement; the asserts after it are what is promised (``catalog`` refuses any other form, because CrossHair
takes every leading assert for a precondition and would confirm a promise placed among them unread).

``plants`` holds one planted bug for each contract: with it in the engine the contract must be refuted. A contract whose
preconditions nothing meets would be confirmed too; its planted bug, found, shows that something meets them.
"""
