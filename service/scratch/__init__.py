"""Scratch stores: endpoints over files, or over an empty store, that is held in memory only.

A scratch service has fewer routes than that of a release. With a token, its store can be changed.
All data is lost when it ends.
"""
