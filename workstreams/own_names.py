"""Names that one row has and no other."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction


def save_unless_taken(row: models.Model, refusal: ValidationError, **options: Any) -> None:
    """Save a row whose name must be its own. Raises `refusal` if another has it, also if that one came between looking and writing."""
    try:
        row.validate_constraints()
        with transaction.atomic():
            row.save(**options)
    except (ValidationError, IntegrityError) as error:
        raise refusal from error
