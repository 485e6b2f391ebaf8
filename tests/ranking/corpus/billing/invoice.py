"""Invoices: lines, discounts, totals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from billing.tax import is_reverse_charge, rate_for, round_cents


@dataclass(frozen=True)
class Line:
    """One position."""

    text: str
    goods: str
    unit_price: Decimal
    quantity: int = 1

    def net(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass
class Invoice:
    """What a customer owes."""

    number: str
    seller: str
    buyer: str
    issued: date
    vat_number: str | None = None
    lines: list[Line] = field(default_factory=list)
    discount_percent: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)

    def add(self, line: Line) -> None:
        if line.quantity <= 0:
            raise ValueError(f"quantity of {line.text!r} must be positive, got {line.quantity}")
        self.lines.append(line)

    def net_total(self) -> Decimal:
        gross = sum((line.net() for line in self.lines), Decimal(0))
        return round_cents(gross * (1 - self.discount_percent / 100))

    def tax_total(self) -> Decimal:
        if is_reverse_charge(self.seller, self.buyer, self.vat_number):
            return Decimal(0)
        share = 1 - self.discount_percent / 100
        tax = sum((line.net() * share * rate_for(self.seller, line.goods) for line in self.lines), Decimal(0))
        return round_cents(tax)

    def balance(self) -> Decimal:
        """What is still open."""
        return self.net_total() + self.tax_total() - self.paid

    def due_date(self, days: int = 14) -> date:
        """Payment is never due on a weekend."""
        due = self.issued + timedelta(days=days)
        while due.weekday() >= 5:
            due += timedelta(days=1)
        return due

    def register_payment(self, amount: Decimal) -> None:
        if amount > self.balance():
            raise ValueError(f"payment of {amount} exceeds the open balance of {self.balance()}")
        self.paid += amount


def next_number(last: str | None, year: int) -> str:
    """Numbers start again every January: 2024-0001, 2024-0002, ..."""
    if last is None or not last.startswith(f"{year}-"):
        return f"{year}-0001"
    return f"{year}-{int(last.split('-')[1]) + 1:04d}"
