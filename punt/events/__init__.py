"""The event log, and the live streams that read it."""
