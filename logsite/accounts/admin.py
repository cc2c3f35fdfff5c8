"""Admin pages of users and tokens; a token's text is shown once, its hash never."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from logsite.accounts.models import Scope, Token, User
from logsite.accounts.tokens import give_secret

admin.site.site_header = admin.site.site_title = "logsite"
admin.site.register(User, UserAdmin)


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """Scopes as boxes to tick, services as words separated by commas."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    services = forms.CharField(
        label=_("Services"),
        required=False,
        help_text=_("Services it may write, separated by commas; empty means any."),
    )

    class Meta:
        model = Token
        fields = ("name", "scopes", "services", "rate_entries", "rate_bytes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["services"] = ", ".join(self.instance.services)

    def clean_services(self) -> list[str]:
        parts = self.cleaned_data["services"].split(",")
        return [part.strip() for part in parts if part.strip()]


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no [] at run time
    form = TokenForm
    list_display = ("name", "prefix", "scope_names", "service_names", "created", "live")
    search_fields = ("name", "prefix")
    actions = ("revoke",)

    @admin.display(description=_("scopes"))
    def scope_names(self, token: Token) -> str:
        return ", ".join(token.scopes)

    @admin.display(description=_("services"))
    def service_names(self, token: Token) -> str:
        return ", ".join(token.services) or "*"

    @admin.display(description=_("valid"), boolean=True)
    def live(self, token: Token) -> bool:
        return token.revoked is None

    @admin.action(description=_("Revoke the selected tokens"))
    def revoke(self, request: HttpRequest, tokens: QuerySet[Token]) -> None:
        count = tokens.filter(revoked=None).update(revoked=timezone.now())
        self.message_user(request, _("%(n)d tokens revoked.") % {"n": count})

    def save_model(
        self, request: HttpRequest, obj: Token, form: Any, change: bool
    ) -> None:
        plain = None if change else give_secret(obj)
        super().save_model(request, obj, form, change)
        if plain:
            text = _("Copy the token now, it is shown only once:")
            shown = format_html("{} <code>{}</code>", text, plain)
            self.message_user(request, shown, messages.WARNING)
