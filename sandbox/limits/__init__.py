"""Rate limits that count: what holds, what was used, and the refusals."""
