"""What all parts of a plant have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zhizao.plant.faults import named_in, plant_error
from zhizao.plant.model import forms
from zhizao.plant.rules import OwnRule

Own = Annotated[OwnRule, *forms.OWN_RULE]
Handler = Any  # pydantic's serializer of the class itself


class Model(BaseModel):
    """Base of all parts of a plant: frozen, and no field is accepted and ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # an id may be written without quotes: `id: 10`
    )

    if not TYPE_CHECKING:  # hidden, so that type checkers see the constructor that the fields make

        def __init__(self, /, **data: Any) -> None:
            try:
                self.__pydantic_validator__.validate_python(data, self_instance=self)
            except ValidationError as error:
                raise plant_error(error, type(self), named_in(data)) from None

        def __setattr__(self, name: str, value: Any) -> None:
            raise _frozen(name)

        def __delattr__(self, name: str) -> None:
            raise _frozen(name)

        # Marks this as no custom constructor: nested parts are validated in place, with their context.
        __init__.__pydantic_base_init__ = True


def _frozen(name: str) -> AttributeError:
    return AttributeError(f"{name}: a plant never changes; make another with plant.replace({{path: value}})")


Id = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, forms.NOT_TRUE_OR_FALSE, forms.NOT_TOO_LARGE]
Number = Annotated[float, forms.NOT_TRUE_OR_FALSE]
Weight = Annotated[Number, Field(gt=0)]
