"""Small pictures of large ones."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"image of {self.width}x{self.height} pixels has no area")


def fit_inside(image: Size, box: Size) -> Size:
    """The largest size with the same proportions that does not stick out of the box; never enlarges."""
    scale = min(box.width / image.width, box.height / image.height, 1.0)
    return Size(max(1, round(image.width * scale)), max(1, round(image.height * scale)))


def crop_to_ratio(image: Size, ratio: float) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the centred cut-out with the wanted width / height."""
    if image.width / image.height > ratio:
        width = round(image.height * ratio)
        left = (image.width - width) // 2
        return left, 0, left + width, image.height
    height = round(image.width / ratio)
    top = (image.height - height) // 2
    return 0, top, image.width, top + height


def shrink(pixels: list[list[int]], factor: int) -> list[list[int]]:
    """Grey values averaged over squares of `factor` by `factor`."""
    rows = []
    for top in range(0, len(pixels) - factor + 1, factor):
        row = []
        for left in range(0, len(pixels[0]) - factor + 1, factor):
            block = [pixels[top + dy][left + dx] for dy in range(factor) for dx in range(factor)]
            row.append(sum(block) // len(block))
        rows.append(row)
    return rows


def orientation_transform(exif: int) -> tuple[int, bool]:
    """Degrees to turn clockwise and whether to mirror, from the camera's orientation tag."""
    table = {1: (0, False), 2: (0, True), 3: (180, False), 4: (180, True), 5: (90, True), 6: (90, False), 7: (270, True), 8: (270, False)}
    return table.get(exif, (0, False))


def average_hash(pixels: list[list[int]]) -> int:
    """64 bits that stay nearly the same when a picture is scaled or recompressed; for finding duplicates."""
    factor = max(1, len(pixels) // 8)
    small = [value for row in shrink(pixels, factor)[:8] for value in row[:8]]
    mean = sum(small) / len(small)
    return sum(1 << at for at, value in enumerate(small) if value > mean)
