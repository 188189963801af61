"""The bi-annual sub-regional report: drafted from a convenor's picks, written as .docx, .html or .md, read back.

The wording and order of the form are data (`form.json`). Drafting never invents: what is missing stays blank in the
document and is named in the warnings.
"""
