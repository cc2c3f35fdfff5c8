"""For people: pages, the API's wiring, settings, and the embedded stack."""
