"""Sales tax by place and kind of goods."""

from decimal import ROUND_HALF_EVEN, Decimal

STANDARD = {"DE": Decimal("0.19"), "FR": Decimal("0.20"), "AT": Decimal("0.20"), "LU": Decimal("0.17")}
REDUCED = {"DE": Decimal("0.07"), "FR": Decimal("0.055"), "AT": Decimal("0.10")}
REDUCED_GOODS = {"book", "food", "medicine"}


class UnknownCountry(LookupError):
    def __init__(self, country: str) -> None:
        super().__init__(f"no tax rate is known for country {country!r}")
        self.country = country


def rate_for(country: str, goods: str) -> Decimal:
    """The rate that applies; reduced goods fall back to the standard rate where a country has no reduced one."""
    if country not in STANDARD:
        raise UnknownCountry(country)
    if goods in REDUCED_GOODS:
        return REDUCED.get(country, STANDARD[country])
    return STANDARD[country]


def round_cents(amount: Decimal) -> Decimal:
    """To whole cents, ties to the even cent, as accountants do."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)


def is_reverse_charge(seller: str, buyer: str, vat_number: str | None) -> bool:
    """A company in another country pays the tax itself."""
    return bool(vat_number) and seller != buyer and vat_number.startswith(buyer)
