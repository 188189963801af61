"""The database room: records, errors, migrations and all SQL. It knows no network, no page and no Datasette."""
