"""Case requests: what is asked, about which targets, by which legal process, what was said and decided."""

from casesupport.models.caserequest import CaseRequest
from casesupport.models.counter import ReferenceCounter
from casesupport.models.document import Document
from casesupport.models.legalprocess import LegalProcess
from casesupport.models.message import Message
from casesupport.models.target import Target

__all__ = ["CaseRequest", "Document", "LegalProcess", "Message", "ReferenceCounter", "Target"]
