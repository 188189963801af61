"""A small embedded web: sample pages of the shipped sources, answered without any network.

It imports no other room. Pages carry true markup, link forms, dates and character sets of the sites, but what they
tell is a sample: the activities of one real report, a number of real headlines, and texts that say they are invented.
"""
