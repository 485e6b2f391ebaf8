"""Tests of invoices."""

from datetime import date
from decimal import Decimal

import pytest

from billing.invoice import Invoice, Line, next_number


@pytest.fixture
def invoice() -> Invoice:
    return Invoice("2024-0001", seller="DE", buyer="DE", issued=date(2024, 3, 1))


def test_tax_of_mixed_goods(invoice: Invoice) -> None:
    invoice.add(Line("novel", "book", Decimal("10.00")))
    invoice.add(Line("lamp", "furniture", Decimal("100.00")))
    assert invoice.tax_total() == Decimal("19.70")


def test_discount_lowers_tax_as_well(invoice: Invoice) -> None:
    invoice.add(Line("lamp", "furniture", Decimal("100.00")))
    invoice.discount_percent = Decimal(10)
    assert invoice.net_total() == Decimal("90.00")
    assert invoice.tax_total() == Decimal("17.10")


def test_payment_may_not_exceed_balance(invoice: Invoice) -> None:
    invoice.add(Line("lamp", "furniture", Decimal("100.00")))
    with pytest.raises(ValueError, match="exceeds the open balance"):
        invoice.register_payment(Decimal(500))


def test_due_date_skips_weekend(invoice: Invoice) -> None:
    assert invoice.due_date(days=1) == date(2024, 3, 4)


def test_numbers_restart_each_year() -> None:
    assert next_number("2023-0417", 2024) == "2024-0001"
    assert next_number("2024-0009", 2024) == "2024-0010"
