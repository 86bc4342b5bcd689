"""Secrets at rest: the first of FIELD_KEYS encrypts, all of them decrypt. Rotation is a new first key."""

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def encrypt(text: str) -> str:
    return keys().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    return keys().decrypt(encrypted.encode()).decode()
