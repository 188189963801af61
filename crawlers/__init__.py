"""From the web to candidate items. This room knows db/, and neither the desk nor publishing."""

VERSION = "0.1.0"
