"""Protocols, reports, ablations."""
