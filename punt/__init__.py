"""PUNT: a ticket tracker for one small server, driven over a plain REST API."""

__version__ = "0.1.0"
