"""Address of the dashboard."""

from __future__ import annotations

from django.urls import path

from logsite.dashboard import views

urlpatterns = [path("dashboard", views.dashboard, name="dashboard")]
