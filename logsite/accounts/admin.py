"""Admin pages of users and tokens; a token's text is shown once, its hash never."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from logsite.accounts.forms import TokenForm
from logsite.accounts.models import Token, User
from logsite.accounts.tokens import end, give_secret
from logsite.audit.actors import Actor

admin.site.site_header = admin.site.site_title = "logsite"
admin.site.register(User, UserAdmin)
# Rows are deleted one by one: of several at once no signal tells the audit trail.
admin.site.disable_action("delete_selected")


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no [] at run time
    form = TokenForm
    list_display = (
        *("name", "prefix", "scope_names", "service_names"),
        *("created", "created_by", "last_used", "live"),
    )
    readonly_fields = ("prefix", "created", "created_by", "last_used", "revoked")
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

    def has_delete_permission(
        self, request: HttpRequest, obj: object | None = None
    ) -> bool:
        """A revoked token stays listed: what it did can be looked up."""
        return False

    @admin.action(description=_("Revoke the selected tokens"))
    def revoke(self, request: HttpRequest, tokens: QuerySet[Token]) -> None:
        by = Actor.of(request)
        count = sum(end(token, by) for token in tokens)
        self.message_user(request, _("%(n)d tokens revoked.") % {"n": count})

    def save_model(
        self, request: HttpRequest, obj: Token, form: Any, change: bool
    ) -> None:
        """That it was made or changed is written down as for every page of /admin."""
        plain = "" if change else give_secret(obj)
        obj.created_by = obj.created_by or Actor.of(request).label
        super().save_model(request, obj, form, change)
        if change:
            return
        text = _("Copy the token now, it is shown only once:")
        shown = format_html("{} <code>{}</code>", text, plain)
        self.message_user(request, shown, messages.WARNING)
