"""A Jira Cloud look-alike over HTTP for demos, tests and benchmarks; it imports nothing of ours."""
