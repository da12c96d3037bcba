"""SVG elements as text that can hold no markup but its own."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# XML has no way to write these, a database has.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Svg(str):
    """Markup that was made here; templates that escape text leave it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def element(name: str, attributes: Mapping[str, str | float | None], *children: str) -> Svg:
    """Return one element; texts and values are escaped, :class:`Svg` is not, an attribute of None is left out."""
    written = "".join(f' {key}="{_escape(value)}"' for key, value in attributes.items() if value is not None)
    if not children:
        return Svg(f"<{name}{written}/>")
    inner = "".join(child if isinstance(child, Svg) else _escape(child) for child in children)
    return Svg(f"<{name}{written}>{inner}</{name}>")


def text(x: float, y: float, style: str, content: str, *, anchor: str = "start") -> Svg:
    """Return one line of text; ``y`` is its base line, ``anchor`` start, middle or end."""
    return element("text", {"x": x, "y": y, "class": style, "text-anchor": anchor}, content)


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> Svg:
    """Return one straight line."""
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": style})


def picture(key: str, size: tuple[float, float], words: tuple[str, str], *children: Svg) -> Svg:
    """Return a whole picture, which screen readers announce by its title and description.

    :param key: begins the ids, unique in the page; also a class.
    :param size: width and height in its own units; a page scales it.
    :param words: title and description.
    """
    return _framed("img", key, size, words, children)


def linked_picture(key: str, size: tuple[float, float], words: tuple[str, str], *children: Svg) -> Svg:
    """Return a whole picture whose links can be followed: its parts are announced, too."""
    return _framed("group", key, size, words, children)


def _framed(role: str, key: str, size: tuple[float, float], words: tuple[str, str], children: tuple[Svg, ...]) -> Svg:
    attributes: dict[str, str | float | None] = {
        "class": f"picture {key}",
        "viewBox": f"0 0 {number(size[0])} {number(size[1])}",
        "width": size[0],
        "height": size[1],
        "role": role,
        "aria-labelledby": f"{key}-title",
        "aria-describedby": f"{key}-about",
    }
    title = element("title", {"id": f"{key}-title"}, words[0])
    about = element("desc", {"id": f"{key}-about"}, words[1])
    return element("svg", attributes, title, about, *children)


def number(value: float) -> str:
    """Return a length with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def _escape(value: str | float) -> str:
    return html.escape(_UNWRITABLE.sub("\ufffd", value)) if isinstance(value, str) else number(value)
