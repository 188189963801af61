"""Reading a page, pure: character set, dates, links, list, article. Nothing but ParseError leaves this room."""
