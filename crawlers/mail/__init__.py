"""Newsletters: where letters come from (`mailbox`), what a letter says (`letters`), what it links (`articles`)."""
