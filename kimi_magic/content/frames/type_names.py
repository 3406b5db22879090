"""narwhals' types as short names that hold no value: an Enum's text would name its categories."""

from __future__ import annotations

from typing import Any


def type_name(dtype: Any) -> str:
    """Return the name of a narwhals dtype."""
    name = type(dtype).__name__
    if name in ("List", "Array"):
        return f"{name.lower()}[{type_name(dtype.inner)}]"
    if name == "Struct":
        return f"struct{{{', '.join(f'{field.name}: {type_name(field.dtype)}' for field in dtype.fields)}}}"
    if name == "Datetime":
        zone = f", {dtype.time_zone}" if dtype.time_zone else ""
        return f"datetime[{dtype.time_unit}{zone}]"
    if name == "Duration":
        return f"duration[{dtype.time_unit}]"
    if name == "Decimal" and getattr(dtype, "precision", None) is not None:
        return f"decimal[{dtype.precision}, {dtype.scale}]"
    return name.lower()
