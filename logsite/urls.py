"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, is_valid_path, path
from django.views.defaults import page_not_found

from logsite import meters, probes
from logsite.accounts.views import LoginView
from logsite.api import api


def favicon(request: HttpRequest) -> HttpResponse:
    """For pages of others, which do not name the icon: /admin/, /api/docs."""
    return redirect(static("img/mark.svg"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Who types an address may end it as that of a folder: /settings/."""
    place = request.path_info.removesuffix("/")
    if (
        request.method != "GET"
        or place == request.path_info
        or not is_valid_path(place)
    ):
        return page_not_found(request, exception)
    query = request.META["QUERY_STRING"]
    return redirect(f"{place}?{query}" if query else place)


handler404 = not_found

urlpatterns = [
    path("", include("logsite.search.urls")),
    path("", include("logsite.administration.urls")),
    path("", include("logsite.alerts.urls")),
    path("", include("logsite.dashboard.urls")),
    path("", include("logsite.deadletters.urls")),
    path("", include("logsite.exports.urls")),
    path("", include("logsite.kafka.urls")),
    path("", include("logsite.pipeline.urls")),
    path("", include("logsite.saved.urls")),
    path("login", LoginView.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),  # set_language
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", meters.metrics, name="metrics"),
    path("", api.urls),  # /api/, and the paths of other protocols
]
