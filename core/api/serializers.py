"""What callers send, as our serializers take it: nothing unknown, nothing converted, money in whole minor units."""

from typing import Any, TypeVar

from rest_framework import serializers

from core.money import CURRENCIES, MAX_MINOR

Instance = TypeVar("Instance")


class StrictSerializer(serializers.Serializer[Instance]):
    """Fields that it does not know are refused, at any depth where one of these stands."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (
            unknown := sorted(set(data) - {name for name, field in self.fields.items() if not field.read_only})
        ):
            raise serializers.ValidationError({name: ["There is no such field."] for name in unknown[:20]})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A JSON string; a number or a boolean is not one. Spaces around it are taken off unless it is a secret."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class AmountField(serializers.IntegerField):
    """A whole number of minor units, from `least` up to what the books carry; `5.00`, `"500"` and `true` are none."""

    default_error_messages = {"invalid": "A whole number of minor units, without quotes or decimals."}

    def __init__(self, *, least: int = 1, **options: Any) -> None:
        options.setdefault("help_text", "In the currency's minor unit.")
        super().__init__(min_value=least, max_value=MAX_MINOR, **options)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeNumber(serializers.IntegerField):
    """A JSON number that is written as a whole one."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class CurrencyField(Text):
    """An ISO-4217 code in use, in capitals."""

    default_error_messages = {"unknown": "An ISO-4217 code in use, like KES."}

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "ISO 4217, like KES.")
        super().__init__(min_length=3, max_length=3, **options)

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code not in CURRENCIES:
            self.fail("unknown")
        return code


class NotesField(serializers.DictField):
    """The caller's own words about a thing: up to 15 texts by name, kept and given back as they are."""

    MOST = 15
    default_error_messages = {"too_many": f"{MOST} notes at most.", "long_name": "The name of a note has 40 characters at most."}

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "Texts of the caller's own, up to 15, of 500 characters.")
        super().__init__(child=Text(max_length=500, allow_blank=True, trim_whitespace=False), **options)

    def to_internal_value(self, data: Any) -> Any:
        notes = super().to_internal_value(data)
        if len(notes) > self.MOST:
            self.fail("too_many")
        if any(len(name) > 40 for name in notes):
            self.fail("long_name")
        return notes
