"""Addresses of the exports' pages."""

from __future__ import annotations

from django.urls import path

from logsite.exports import new_page, views

urlpatterns = [
    path("exports", views.overview, name="exports"),
    path("exports/new", new_page.new, name="export-new"),
    path("exports/<int:number>", views.export_page, name="export"),
    path("exports/<int:number>/end", views.end, name="export-end"),
]
