"""What leaves the house: the public database, its site, and the report."""
