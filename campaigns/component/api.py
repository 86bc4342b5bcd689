"""GET /component: what a page needs to load the web component, and to refuse any other."""

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from campaigns.component.published import published

router = Router(tags=["component"])


class ComponentFile(Schema):
    url: str = Field(description="Absolute, and named by its content: it never changes")
    integrity: str = Field(description="For the attribute of this name, beside crossorigin=anonymous")


class ComponentFiles(Schema):
    script: ComponentFile
    stylesheet: ComponentFile


@router.get("/component", response=ComponentFiles, operation_id="web_component")
def component(request: HttpRequest, response: HttpResponse) -> object:
    """Where <withdrawal-warning> and its style sheet are, with their integrity values; for everyone."""
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return published()
