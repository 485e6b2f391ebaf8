"""Signed session tokens: who, until when, and a signature over both."""

import base64
import hashlib
import hmac
import json
import time


class TokenError(Exception):
    """The token proves nothing."""


class ExpiredToken(TokenError):
    pass


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise TokenError("token is not valid base64") from error


def sign(payload: bytes, key: bytes) -> bytes:
    return hmac.new(key, payload, hashlib.sha256).digest()


def issue(user: str, key: bytes, lifetime: int = 3600, now: float | None = None) -> str:
    """A token that lets `user` in for `lifetime` seconds."""
    issued = int(now if now is not None else time.time())
    payload = json.dumps({"sub": user, "exp": issued + lifetime}, separators=(",", ":")).encode()
    return f"{_encode(payload)}.{_encode(sign(payload, key))}"


def verify(token: str, keys: list[bytes], now: float | None = None) -> str:
    """The user a token stands for. Old keys stay in the list while they are rotated out."""
    body, dot, signature = token.partition(".")
    if not dot:
        raise TokenError("token has no signature")
    payload = _decode(body)
    given = _decode(signature)
    if not any(hmac.compare_digest(sign(payload, key), given) for key in keys):
        raise TokenError("signature does not match any known key")
    claims = json.loads(payload)
    if claims["exp"] <= (now if now is not None else time.time()):
        raise ExpiredToken(f"session of {claims['sub']} expired, log in again")
    return claims["sub"]


def refresh(token: str, keys: list[bytes], lifetime: int = 3600) -> str:
    """A new token for the same user, signed with the newest key."""
    return issue(verify(token, keys), keys[0], lifetime)
