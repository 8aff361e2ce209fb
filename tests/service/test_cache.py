from service.cache import Cache, Head


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache = Cache(max_bytes=1000, max_body_bytes=1000)
    cache.keep_body(b'"a"', b"a" * 200)
    cache.keep_body(b'"b"', b"b" * 200)
    cache.body(b'"a"')
    cache.keep_body(b'"c"', b"c" * 200)

    assert cache.body(b'"a"') == b"a" * 200
    assert cache.body(b'"b"') is None
    assert cache.body(b'"c"') == b"c" * 200
    assert (cache.count, cache.size_bytes) == (2, 912)


def test_a_body_past_its_limit_is_not_kept_and_drives_out_nothing() -> None:
    cache = Cache(max_bytes=2000, max_body_bytes=100)
    cache.keep_body(b'"a"', b"a" * 100)

    assert cache.keep_body(b'"b"', b"b" * 101) is False
    assert (cache.body(b'"a"'), cache.body(b'"b"')) == (b"a" * 100, None)


def test_a_body_larger_than_the_whole_is_not_kept() -> None:
    cache = Cache(max_bytes=300, max_body_bytes=1000)

    assert cache.keep_body(b'"a"', b"a" * 45) is False
    assert cache.keep_body(b'"b"', b"b" * 44) is True


def test_nothing_is_kept_where_there_is_no_room_at_all() -> None:
    cache = Cache(max_bytes=0, max_body_bytes=1000)

    assert (cache.is_on, cache.keep_body(b'"a"', b"")) == (False, False)


def test_a_head_is_found_by_the_request_that_it_answered() -> None:
    cache = Cache(max_bytes=1000, max_body_bytes=1000)
    head = Head(b'"a"', [(b"etag", b'"a"')], [])
    cache.keep_head(b"request", head)

    assert cache.head(b"request") is head
    assert cache.head(b"another") is None
