"""Faults that spoil answers: orders for them, the board they stand on, and how they strike."""
