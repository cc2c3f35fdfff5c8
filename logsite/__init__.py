"""For people: pages, the API's wiring, settings, and the embedded stack."""

from typing import Final

VERSION: Final = "0.1.0"
