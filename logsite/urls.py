"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from logsite import meters, probes
from logsite.accounts.views import LoginView
from logsite.api import api

urlpatterns = [
    path("", include("logsite.search.urls")),
    path("", include("logsite.alerts.urls")),
    path("", include("logsite.dashboard.urls")),
    path("", include("logsite.kafka.urls")),
    path("login", LoginView.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),  # set_language
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", meters.metrics, name="metrics"),
]
