"""The rules: what may be done to projects, tickets and accounts, and what follows from it.

Functions here take loaded models, plain values and an actor; they raise domain errors, and never
see a request or commit.
"""
