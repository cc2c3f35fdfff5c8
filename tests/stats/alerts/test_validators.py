"""What a rule may say."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from stats.alerts.validators import check_query


@pytest.mark.parametrize("text", ["", "failed -root", "level:>=warn (a OR b)"])
def test_it_takes_what_the_search_box_takes(text: str) -> None:
    check_query(text)


def test_it_refuses_a_query_that_cannot_be_read_at_its_field_and_character() -> None:
    with pytest.raises(ValidationError) as refused:
        check_query("level:loud")

    assert refused.value.message_dict == {
        "query": ["This is no level: 'loud'. (character 7)"]
    }
