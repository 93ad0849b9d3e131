"""What the platform API answers about issues, projects, people and the catalogue."""
