"""A field and a schema: one description, rendered to Arrow, to Spark and to Great Expectations."""

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

_SPARK_NAMES = {
    pa.string(): "string",
    pa.binary(): "binary",
    pa.bool_(): "boolean",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    # Spark has no unsigned integers: each widens to the next signed type that holds it.
    pa.uint16(): "int",
    pa.uint32(): "bigint",
}


@dataclass(frozen=True)
class Field:
    """One column: what it is called, holds and may hold."""

    name: str
    type: pa.DataType
    description: str
    nullable: bool = True
    unit: str = ""
    """Unit of the values: bytes, characters, share (0 to 1), ..."""
    minimum: float | None = None
    maximum: float | None = None
    num_bytes: int | None = None
    """Exact length of a binary value."""

    def arrow(self) -> pa.Field:
        """The Arrow field; description and unit travel as metadata."""
        metadata = {"description": self.description} | ({"unit": self.unit} if self.unit else {})
        return pa.field(self.name, self.type, self.nullable, metadata)

    def expectations(self) -> list[dict[str, Any]]:
        """What Great Expectations must find in this column, as `{"type", "kwargs"}` values."""
        found: list[dict[str, Any]] = [{"type": "expect_column_to_exist", "kwargs": {"column": self.name}}]
        if not self.nullable:
            found.append({"type": "expect_column_values_to_not_be_null", "kwargs": {"column": self.name}})
        if self.minimum is not None or self.maximum is not None:
            bounds = {"column": self.name, "min_value": self.minimum, "max_value": self.maximum}
            found.append({"type": "expect_column_values_to_be_between", "kwargs": bounds})
        if self.num_bytes is not None:
            length = {"column": self.name, "value": self.num_bytes}
            found.append({"type": "expect_column_value_lengths_to_equal", "kwargs": length})
        return found


@dataclass(frozen=True)
class Schema:
    """An ordered set of fields under a name."""

    name: str
    fields: tuple[Field, ...]

    def __getitem__(self, name: str) -> Field:
        """The field called `name`; KeyError with the names there are otherwise."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r}; it has {', '.join(self.names)}")

    @property
    def names(self) -> list[str]:
        """Field names in order."""
        return [field.name for field in self.fields]

    def plus(self, *fields: Field, name: str | None = None) -> "Schema":
        """This schema with `fields` behind its own; a name already there is replaced where it stands."""
        added = {field.name: field for field in fields}
        kept = tuple(added.pop(field.name, field) for field in self.fields)
        return replace(self, name=name or self.name, fields=kept + tuple(added.values()))

    def select(self, *names: str) -> "Schema":
        """The named fields, in the order asked for."""
        return replace(self, fields=tuple(self[name] for name in names))

    def arrow(self) -> pa.Schema:
        """As an Arrow schema."""
        return pa.schema([field.arrow() for field in self.fields])

    def empty(self) -> pa.RecordBatch:
        """A record batch of this schema without rows."""
        return pa.RecordBatch.from_pylist([], schema=self.arrow())

    def spark_ddl(self) -> str:
        """As Spark's DDL string, so that this room needs no Spark."""
        return ", ".join(f"`{field.name}` {_spark_name(field.type)}" for field in self.fields)

    def expectations(self) -> list[dict[str, Any]]:
        """What Great Expectations must find in a table of this schema."""
        return [expectation for field in self.fields for expectation in field.expectations()]


def _spark_name(arrow_type: pa.DataType) -> str:
    if pa.types.is_list(arrow_type) or pa.types.is_fixed_size_list(arrow_type):
        return f"array<{_spark_name(arrow_type.value_type)}>"
    return _SPARK_NAMES[arrow_type]
