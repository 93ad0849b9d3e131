"""What is done to Juncture, in sizes that the caller chooses; each tells what came of it."""
