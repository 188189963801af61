"""The desk room: the private place where convenors decide. It knows the database, and neither crawls nor publishes."""
