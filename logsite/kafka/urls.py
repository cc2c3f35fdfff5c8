"""Addresses of the Kafka pages."""

from __future__ import annotations

from django.urls import path

from logsite.kafka import views

urlpatterns = [
    path("kafka", views.overview, name="kafka"),
    path("kafka/new-topic", views.new_topic, name="kafka-new-topic"),
    path("kafka/topics/<name>", views.topic_page, name="kafka-topic"),
    path("kafka/topics/<name>/settings", views.topic_settings, name="kafka-settings"),
    path("kafka/topics/<name>/delete", views.delete_topic, name="kafka-delete-topic"),
    path("kafka/groups/<path:name>", views.group_page, name="kafka-group"),
]
