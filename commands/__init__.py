"""The commands with several functions, a module each; convenor.py has the others."""
