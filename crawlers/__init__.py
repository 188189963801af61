"""From the web to candidate items. This room knows db/, and neither the desk nor publishing."""

import os

VERSION = "0.1.0"

# Of pydantic's plug-ins we use none, and to look for them it reads the metadata of every package that is installed.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
