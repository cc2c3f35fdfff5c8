"""auth-service: logins and tokens. Busy in the morning, now and then under attack."""

from __future__ import annotations

from typing import Final

from ingest.simulate.service import Repertoire, Said, Service, Visit

_ATTACKERS: Final = ("198.51.100.23", "203.0.113.66")
_GUESSED: Final = ("admin", "root", "test", "oracle", "backup", "guest")


def logged_in(visit: Visit) -> Said:
    method = visit.random.choice(("password", "password", "sso", "passkey"))
    took = visit.latency_ms(85)
    metadata = {
        "user": visit.user,
        "method": method,
        "latency_ms": took,
        "client": visit.address(),
    }
    return Said("INFO", f"user {visit.user} logged in with {method}", metadata)


def token_renewed(visit: Visit) -> Said:
    minutes = visit.random.choice((15, 60, 720))
    metadata = {"user": visit.user, "expires_in_min": minutes}
    return Said("INFO", f"token of {visit.user} renewed for {minutes} min", metadata)


def logged_out(visit: Visit) -> Said:
    return Said("INFO", f"user {visit.user} logged out", {"user": visit.user})


def session_read(visit: Visit) -> Said:
    metadata = {"user": visit.user, "latency_ms": visit.latency_ms(2)}
    return Said("DEBUG", f"session of {visit.user} found in the cache", metadata)


def wrong_password(visit: Visit) -> Said:
    attempt = visit.random.choice((1, 1, 1, 2, 2, 3))
    metadata = {"user": visit.user, "attempt": attempt, "client": visit.address()}
    message = f"wrong password for {visit.user}, attempt {attempt} of 5"
    return Said("WARN", message, metadata)


def guessed(visit: Visit) -> Said:
    client, user = visit.random.choice(_ATTACKERS), visit.random.choice(_GUESSED)
    message = f"failed login for unknown user {user} from {client}"
    return Said("WARN", message, {"user": user, "client": client, "status": 401})


def locked(visit: Visit) -> Said:
    metadata = {"user": visit.user, "client": visit.random.choice(_ATTACKERS)}
    message = f"account of {visit.user} locked after 5 failed attempts"
    return Said("ERROR", message, metadata)


def directory_away(visit: Visit) -> Said:
    took = visit.latency_ms(3_000)
    server = f"ldap-{visit.random.randrange(1, 3)}.internal"
    message = f"directory {server} did not answer within {took} ms"
    return Said("ERROR", message, {"directory": server, "latency_ms": took})


SERVICE: Final = Service(
    name="auth-service",
    instances=("auth-1", "auth-2"),
    share=0.25,
    peak_hour=9,
    usual=Repertoire(
        {
            logged_in: 35,
            token_renewed: 38,
            session_read: 15,
            logged_out: 8,
            wrong_password: 4,
        }
    ),
    episodes={
        "attack": Repertoire({guessed: 14, wrong_password: 4, locked: 2}),
        "directory": Repertoire({directory_away: 8, wrong_password: 1}),
    },
)
