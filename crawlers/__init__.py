"""From the web to candidate items. This room knows db/, and neither the desk nor publishing."""
