"""LINE's own OpenAPI description as JSON Schemas that can really refuse something.

The description is published by LINE and is not part of this repository: it lies beside it, in `../shared/line-openapi/`.
"""

import copy
import os
from functools import cache
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from .server import PROJECT

FOLDER = PROJECT.parent / "shared" / "line-openapi"


def require_description() -> None:
    """Skip when LINE's description isn't there; on the build machine it has to be."""
    if FOLDER.is_dir():
        return
    reason = "LINE's OpenAPI description is not beside the repository, in ../shared/line-openapi/"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@cache
def description(name: str) -> dict[str, Any]:
    """One file, cured: subtypes are written there as `discriminator` + `allOf`, which JSON Schema engines ignore."""
    document = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    schemas: dict[str, Any] = document["components"]["schemas"]
    bases = {name: schema["discriminator"] for name, schema in schemas.items() if "discriminator" in schema}
    document = _point_to_any(document, set(bases), inside_all_of=False)
    schemas = document["components"]["schemas"]
    for base, discriminator in bases.items():
        subtypes = {value: reference.rpartition("/")[2] for value, reference in discriminator["mapping"].items()}
        schemas[f"{base}Any"] = {"oneOf": [{"$ref": f"#/components/schemas/{subtype}"} for subtype in subtypes.values()]}
        for value, subtype in subtypes.items():
            only = {"properties": {discriminator["propertyName"]: {"enum": [value]}}, "required": [discriminator["propertyName"]]}
            schemas[subtype].setdefault("allOf", []).append(only)
    return document


def _point_to_any(node: Any, bases: set[str], inside_all_of: bool) -> Any:
    if isinstance(node, list):
        return [_point_to_any(item, bases, inside_all_of) for item in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name in bases and not inside_all_of:
        return {"$ref": f"#/components/schemas/{name}Any"}
    return {key: _point_to_any(value, bases, key == "allOf") for key, value in node.items() if key != "mapping"}


def errors_of(name: str, schema: dict[str, Any] | str, data: Any) -> list[str]:
    """What is wrong with `data` by LINE's description; `schema` is a schema or the name of one."""
    document = description(name)
    wanted = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else copy.deepcopy(schema)
    validator = Draft7Validator({"allOf": [wanted], "components": document["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


def answer_schema(name: str, method: str, path: str, status: int) -> dict[str, Any]:
    """The schema of one answer; of an error that is not listed, LINE's common error."""
    responses = description(name)["paths"][path][method.lower()]["responses"]
    answer = responses.get(str(status))
    if answer is None:
        return {"$ref": "#/components/schemas/ErrorResponse"}
    return answer.get("content", {}).get("application/json", {}).get("schema", {})
