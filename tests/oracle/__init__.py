"""What Juncture must answer for real issues, worked out from the raw files alone.

Nothing here imports the product or the sandbox, so that an error of theirs cannot be repeated: the
raw lines are read with json, gzip and datetime, and each field has its own rule.
"""
