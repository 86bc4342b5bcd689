"""The field that takes a document, and the form that holds nothing else."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.documents.accept import Accepted, accept
from portal.kernel.errors import Invalid


class DocumentField(forms.FileField):
    """Cleans to an Accepted: judged by its content, with our reason where it is refused."""

    def __init__(self, **options: Any) -> None:
        widget = forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"})
        super().__init__(allow_empty_file=True, widget=widget, **options)

    def clean(self, data: Any, initial: Any = None) -> Accepted | None:
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return accept(file)
        except Invalid as refused:
            raise forms.ValidationError([str(text) for text in refused.errors["document"]]) from None


class DocumentForm(forms.Form):
    document = DocumentField(
        label=_("Document"), help_text=_("PDF, JPEG or PNG, at most 25 MB, without a password.")
    )
