"""The API as a page: what openapi.json says, for people. Made from the same code, it cannot fall behind."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access import public
from portal.api import api

Schema = Mapping[str, Any]


@require_safe
@public("whoever integrates reads it before having a key")
def view_reference(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/api.html", {"operations": _operations(), "schemas": _schemas()})


@lru_cache(maxsize=1)
def _document() -> Schema:
    return api.get_openapi_schema()


@lru_cache(maxsize=1)
def _operations() -> list[dict[str, Any]]:
    return [
        {
            "id": operation["operationId"],
            "title": f"{method.upper()} {path}",
            "method": method.upper(),
            "path": path,
            "description": operation.get("description", ""),
            "is_public": "security" not in operation,
            "parameters": [_parameter(each) for each in operation.get("parameters", [])],
            "body": _type(_json_of(operation.get("requestBody", {}))),
            "responses": [
                _response(status, each)
                for status, each in sorted(operation["responses"].items(), key=_by_status)
            ],
        }
        for path, item in _document()["paths"].items()
        for method, operation in item.items()
    ]


@lru_cache(maxsize=1)
def _schemas() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "anchor": f"schema-{name}",
            "description": schema.get("description", ""),
            "fields": [
                {
                    "name": field,
                    "type": _type(each),
                    "required": field in schema.get("required", ()),
                    "description": each.get("description", ""),
                }
                for field, each in schema.get("properties", {}).items()
            ],
        }
        for name, schema in sorted(_document()["components"]["schemas"].items())
    ]


def _by_status(response: tuple[Any, Any]) -> int:
    return int(response[0])


def _parameter(given: Schema) -> dict[str, Any]:
    return {
        "name": given["name"],
        "type": _type(given["schema"]),
        "required": given["required"],
        "description": given.get("description", ""),
    }


def _response(status: Any, given: Schema) -> dict[str, Any]:
    return {
        "status": int(status),
        "description": given.get("description", ""),
        "type": _type(_json_of(given)),
        "headers": ", ".join(given.get("headers", ())),
    }


def _json_of(given: Schema) -> Schema:
    content: Schema = given.get("content", {})
    return next((each.get("schema", {}) for each in content.values()), {})


def _type(schema: Schema) -> list[dict[str, str]]:
    """Words, and the names of other schemas, in order."""
    return list(_words(schema))


def _words(schema: Schema) -> Iterator[dict[str, str]]:
    if reference := schema.get("$ref"):
        yield {"schema": reference.rpartition("/")[2]}
    elif choices := schema.get("anyOf"):
        for number, each in enumerate(choices):
            if number:
                yield {"word": "or"}
            yield from _words(each)
    elif schema.get("type") == "array":
        yield {"word": "list of"}
        yield from _words(schema.get("items", {}))
    elif schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        yield {"word": "object with names of"}
        yield from _words(schema["additionalProperties"])
    elif kind := schema.get("type"):
        yield {"word": f"{kind} ({schema['format']})" if "format" in schema else kind}
