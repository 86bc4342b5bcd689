"""The kinds of file that are accepted as documents. The rows that hold them belong to their own rooms."""

from django.db import models


class ContentType(models.TextChoices):
    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPEG"
    PNG = "image/png", "PNG"
