"""Address of the pipeline page."""

from __future__ import annotations

from django.urls import path

from logsite.pipeline import views

urlpatterns = [path("pipeline", views.pipeline, name="pipeline")]
