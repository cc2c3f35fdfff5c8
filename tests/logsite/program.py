"""A program that asks the API."""

from __future__ import annotations

from typing import Any

from django.test import Client

from logsite.accounts import tokens


class Program:
    """With a token of one scope."""

    def __init__(self, scope: str) -> None:
        _, plain = tokens.create(scope, [scope])
        self.client = Client(headers={"Authorization": f"Bearer {plain}"})

    def get(self, path: str) -> Any:
        return self.client.get(path).json()

    def post(self, path: str, **body: Any) -> Any:
        return self.send("post", path, **body)

    def send(self, method: str, path: str, **body: Any) -> Any:
        ask = getattr(self.client, method)
        return ask(path, body, content_type="application/json")
