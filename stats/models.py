"""Where Django looks for the models of this package."""

from stats.alerts.models import Delivery, Incident, Rule, Transition

__all__ = ["Delivery", "Incident", "Rule", "Transition"]
