"""Reading a page, pure: its character set, its dates, its links, its list, its article. ParseError is all that leaves."""
