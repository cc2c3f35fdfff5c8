"""Django's handle on the audit trail; what others announce is heard from here on."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "logsite.audit"
    label = "audit"

    def ready(self) -> None:
        from logsite.audit import listening  # noqa: F401  # registers its receivers
