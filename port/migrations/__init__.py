"""The tables through time, one schema on both databases.  Revisions describe tables themselves and import no model."""
