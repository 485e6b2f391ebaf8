"""What lies in which warehouse, and what is promised already."""

from dataclasses import dataclass, field


class OutOfStock(Exception):
    def __init__(self, item: str, wanted: int, free: int) -> None:
        super().__init__(f"only {free} of {item} left, {wanted} wanted")


@dataclass
class Shelf:
    on_hand: int = 0
    reserved: int = 0

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved


@dataclass
class Warehouse:
    name: str
    shelves: dict[str, Shelf] = field(default_factory=dict)

    def receive(self, item: str, quantity: int) -> None:
        self.shelves.setdefault(item, Shelf()).on_hand += quantity

    def reserve(self, item: str, quantity: int) -> None:
        """Promises goods to an order without moving them."""
        shelf = self.shelves.get(item, Shelf())
        if shelf.free < quantity:
            raise OutOfStock(item, quantity, shelf.free)
        shelf.reserved += quantity

    def ship(self, item: str, quantity: int) -> None:
        shelf = self.shelves[item]
        shelf.reserved -= quantity
        shelf.on_hand -= quantity

    def release(self, item: str, quantity: int) -> None:
        """An order was cancelled."""
        self.shelves[item].reserved -= quantity


def allocate(warehouses: list[Warehouse], item: str, quantity: int) -> list[tuple[str, int]]:
    """Spreads an order over as few warehouses as possible; all or nothing."""
    free = [(w.shelves[item].free, w) for w in warehouses if item in w.shelves]
    free.sort(key=lambda pair: (-pair[0], pair[1].name))
    plan: list[tuple[Warehouse, int]] = []
    left = quantity
    for available, warehouse in free:
        taken = min(available, left)
        if taken > 0:
            plan.append((warehouse, taken))
            left -= taken
    if left > 0:
        raise OutOfStock(item, quantity, quantity - left)
    for warehouse, taken in plan:
        warehouse.reserve(item, taken)
    return [(warehouse.name, taken) for warehouse, taken in plan]


def reorder_point(daily_demand: float, lead_days: float, safety_days: float = 3.0) -> int:
    """Order more when stock falls to this."""
    return round(daily_demand * (lead_days + safety_days))
