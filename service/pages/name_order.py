"""The order of names in lists, in English and in Chinese."""


def order_of_name(name: str) -> bytes:
    """Return what sorts a name: Latin letters in either case first, then Chinese by pinyin.

    In GB 18030 most Chinese characters are in the order of their pronunciation.

    >>> sorted(["周振华", "London", "白思豪", "c40", "入江昭"], key=order_of_name)
    ['c40', 'London', '白思豪', '入江昭', '周振华']
    """
    return name.casefold().encode("gb18030")
