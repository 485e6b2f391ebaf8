"""Storing and checking passwords."""

import hashlib
import hmac
import secrets

ROUNDS = 310_000
COMMON = frozenset({"password", "12345678", "qwertyui", "letmein1", "iloveyou"})


class WeakPassword(ValueError):
    pass


def check_strength(password: str, user: str) -> None:
    """Refuses what is guessed first."""
    if len(password) < 8:
        raise WeakPassword("password is shorter than 8 characters")
    if password.lower() in COMMON:
        raise WeakPassword("password is among the most common ones")
    if user.lower() in password.lower():
        raise WeakPassword("password contains the user name")


def hash_password(password: str, rounds: int = ROUNDS) -> str:
    """Salted and slow on purpose; everything needed for checking is in the result."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    return f"pbkdf2${rounds}${salt.hex()}${digest.hex()}"


def matches(password: str, stored: str) -> bool:
    """Compares in constant time, so that the answer's delay tells nothing."""
    _, rounds, salt, digest = stored.split("$")
    found = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), int(rounds))
    return hmac.compare_digest(found.hex(), digest)


def needs_rehash(stored: str) -> bool:
    """True when it was made with fewer rounds than today's."""
    return int(stored.split("$")[1]) < ROUNDS


class LoginThrottle:
    """Slows down guessing: after five wrong tries an account rests."""

    def __init__(self, limit: int = 5, rest_seconds: int = 900) -> None:
        self.limit = limit
        self.rest_seconds = rest_seconds
        self._wrong: dict[str, list[float]] = {}

    def is_locked(self, user: str, now: float) -> bool:
        recent = [at for at in self._wrong.get(user, []) if now - at < self.rest_seconds]
        self._wrong[user] = recent
        return len(recent) >= self.limit

    def note_failure(self, user: str, now: float) -> None:
        self._wrong.setdefault(user, []).append(now)

    def note_success(self, user: str) -> None:
        self._wrong.pop(user, None)
