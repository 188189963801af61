"""The set in the forms that other programs read: feeds, citations, calendars, descriptions."""
