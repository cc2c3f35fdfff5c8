"""Addresses of the pipeline page and of the box on it."""

from __future__ import annotations

from django.urls import path

from logsite.pipeline import receipt_views, views

urlpatterns = [
    path("pipeline", views.pipeline, name="pipeline"),
    path("pipeline/receipt", receipt_views.receipt, name="receipt"),
]
