"""Pictures of the set, drawn on the server as SVG. Pure, but for the route that shows them."""
