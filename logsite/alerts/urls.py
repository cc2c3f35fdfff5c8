"""Addresses of the alerts pages."""

from __future__ import annotations

from django.urls import path

from logsite.alerts import views

urlpatterns = [
    path("alerts", views.alerts_page, name="alerts"),
    path("alerts/rules/new", views.new_rule, name="rule-new"),
    path("alerts/rules/<int:rule_id>", views.rule_page, name="rule"),
    path("alerts/rules/<int:rule_id>/delete", views.delete_rule, name="rule-delete"),
    path("alerts/incidents/<int:incident_id>", views.incident_page, name="incident"),
]
