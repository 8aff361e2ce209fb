"""Control characters of data as visible symbols, so that no terminal and no page obeys them."""

from typing import Final

_DELETE: Final = 0x7F
# Those of ASCII have symbols of their own, those of ISO 8859 (CSI among them) share one.
_SYMBOLS: Final = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"},
    _DELETE: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
}


def show_controls(text: str) -> str:
    """Return the text with a symbol in place of each control character but tabs and line ends."""
    return text.translate(_SYMBOLS)
