"""Whether the tables of a site are there, asked without making an empty file."""

from __future__ import annotations

from pathlib import Path

from django.db import connection, models


def has_table(model: type[models.Model]) -> bool:
    file = str(connection.settings_dict["NAME"])
    is_file = connection.vendor == "sqlite" and not file.startswith("file:")
    if is_file and not Path(file).exists():
        return False  # asking would make an empty one
    return model._meta.db_table in connection.introspection.table_names()
