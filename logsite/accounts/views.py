"""The login page's view."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from logsite.accounts.throttle import note_failure, too_many_failures
from logsite.audit.actors import address_of


class LoginForm(AuthenticationForm):
    """Name and password; after too many failures it says to wait."""

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username", "")
        address = address_of(self.request) if self.request else ""
        if too_many_failures(username, address):
            text = _("Too many failed attempts. Try again in a few minutes.")
            raise ValidationError(text, code="throttled")
        try:
            return super().clean()
        except ValidationError:
            note_failure(username, address)
            raise


class LoginView(views.LoginView):
    form_class = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        has_ended = "ended" in self.request.GET  # the session of the page before
        return super().get_context_data(**kwargs, has_ended=has_ended)
