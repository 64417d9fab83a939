"""A corpus of hostile and odd inputs: each must be a refusal by name or a plain answer, never a failure of ours."""
from __future__ import annotations

DEEP = 100_000
BODIES: dict[str, bytes] = {
    "nul": b'{"name": "a\\u0000b"}', "raw nul": b'{"name": "a\x00b"}', "half a pair": b'{"name": "\\ud800"}', "the other half": b'{"name": "\\udfff x"}',
    "half a pair in a key": b'{"\\ud800": 1}', "nul in a key": b'{"a\\u0000": 1}', "nul in a part": b'{"name": "x", "lines": [{"description": "\\u0000"}]}',
    "deep list": b"[" * DEEP + b"]" * DEEP, "deep object": b'{"a":' * DEEP + b"1" + b"}" * DEEP, "unclosed": b"[" * DEEP,
    "deep value": b'{"name": ' + b"[" * 60 + b"]" * 60 + b"}",
    "beyond bigint": b'{"opening_orders_count": 9223372036854775808}', "far beyond": b'{"opening_orders_count": ' + b"9" * 5000 + b"}",
    "below bigint": b'{"opening_orders_count": -9223372036854775809}', "beyond integer": b'{"opening_orders_count": 2147483648}',
    "huge exponent": b'{"opening_orders_count": 1e999999999}', "huge exponent of money": b'{"opening_spend": 1e999999999}',
    "tiny exponent": b'{"opening_spend": 1e-999999999}', "many digits": b'{"opening_spend": 0.' + b"1" * 4000 + b"}",
    "a fraction of a count": b'{"name": "x", "opening_orders_count": 1.5}',
    "nan": b'{"opening_spend": NaN}', "infinity": b'{"opening_spend": -Infinity}', "nan in words": b'{"name": "x", "opening_spend": "NaN"}',
    "infinity in words": b'{"name": "x", "opening_spend": "Infinity"}', "signalling nan": b'{"name": "x", "opening_spend": "sNaN"}',
    "twin names": b'{"name": "a", "name": "b"}', "not utf-8": b'{"name": "\xff\xfe"}', "latin-1": '{"name": "é"}'.encode("latin-1"),
    "utf-16": '{"name": "a"}'.encode("utf-16"), "overlong": b'{"name": "\xc0\xaf"}', "surrogate in utf-8": b'{"name": "\xed\xa0\x80"}',
    "nothing": b"", "blank": b"   ", "a list": b"[]", "a text": b'"name"', "a number": b"7", "null": b"null", "true": b"true", "half": b'{"name": ',
    "comment": b'{"name": "a" /* x */}', "comma": b'{"name": "a",}', "single quotes": b"{'name': 'a'}", "two values": b'{"name": "a"} {"name": "b"}',
    "a list for a text": b'{"name": ["a"]}', "an object for a text": b'{"name": {"a": 1}}', "a flag for a text": b'{"name": true}',
    "a text for a list": b'{"name": "a", "tags": "x"}', "objects in a list": b'{"name": "a", "tags": [{"a": 1}]}', "many tags": b'{"name": "a", "tags": [' + b'"x",' * 5000 + b'"y"]}',
    "a list for a date": b'{"name": "a", "born_on": []}', "year 0": b'{"name": "a", "born_on": "0000-01-01"}', "year 99999": b'{"name": "a", "born_on": "99999-01-01"}',
    "a list for a link": b'{"name": "a", "parent": []}', "an empty object for a link": b'{"name": "a", "parent": {}}', "an object in an id": b'{"name": "a", "parent": {"id": {}}}',
    "a number for a link": b'{"name": "a", "parent": 7}', "parts that the noun has not": b'{"name": "a", "lines": []}',
    "system fields": b'{"name": "a", "id": "x", "version": 7, "is_sample": true, "deleted_at": null}', "dunder": b'{"__proto__": {}, "__class__": 1}',
    "bidi": '{"name": "\u202egnp.exe"}'.encode(), "emoji": '{"name": "👩‍👩‍👧‍👦"}'.encode(), "zalgo": ("{\"name\": \"a" + "\u0301" * 300 + "\"}").encode(),
    "long": b'{"name": "' + b"x" * 300_000 + b'"}', "sql": b'{"name": "\'; DROP TABLE customers_customer; --"}', "template": b'{"name": "{{ 7*7 }}{% debug %}"}',
    "html": b'{"name": "<script>alert(1)</script>"}', "formula": b'{"name": "=cmd|\' /C calc\'!A0"}', "header": b'{"name": "a\\r\\nX-Evil: 1"}',
}
QUERIES: tuple[str, ...] = (
    "name=%00", "name=%ff%fe", "name=%ED%A0%80", "%00=1", "search=%00", "name__contains=%00", "cursor=%00", "fields=%00", "ordering=%00",
    "ordering=-", "ordering=--name", "ordering=name,city", "ordering=?", "page_size=-1", "page_size=1e9", "page_size=9" + "9" * 400, "page_size=٣",
    "cursor=AAAA", "cursor=W10", "cursor=%F0%9F%92%A9", "cursor=" + "A" * 5000, "cursor=bnVsbA", "cursor=WzEsMiwzLDRd", "cursor=W2ZhbHNlLGZhbHNlLHt9LDFd",
    "fields=,", "fields=" + ",".join(["name"] * 2000), "fields=__class__", "fields=owner__password", "fields=search", "fields=custom",
    "name__regex=(a%2B)%2B$", "name__=1", "__name=1", "name__exact__exact=1", "owner__password=x", "owner__email=x", "parent__parent__parent__parent__name=x",
    "parent__parent__name=x", "parent=nobody", "parent=", "created_at=soon", "created_at__gte=2026-02-30", "created_at__gte=99999-01-01", "created_at__between=1,2",
    "created_at__gte=2026-01-01T00:00:00%2B99:99", "opening_orders_count=9223372036854775808", "opening_orders_count__gte=1e400", "opening_orders_count__in=" + "1," * 500,
    "opening_orders_count=1.5", "opening_spend=NaN", "opening_spend__lt=Infinity", "opening_spend=1e999999999", "churn_probability__gt=nan", "churn_probability=1e999",
    "kind=ghost", "kind__in=,", "kind__empty=maybe", "is_sample=perhaps", "tags=%27", "tags__contains=%7B%7D", "born_on__gte=0000-01-01",
    "search=" + "x" * 20_000, "search=%27%22%3B--", "search=%26%7C!()%3A*", "search=%F0%9F%92%A9", "search=%E5%BC%A0", "search=%20%20",
    "count=", "include=orders", "dry_run=1", "format=csv", "id=1", "id__in=1,2", "a" * 300 + "=1", "churn_reasons=x", "id_document__contains=33", "&".join(f"f{n}=1" for n in range(2000)),
)
PATHS: tuple[str, ...] = (
    "/%00", "/%ff", "/..%2f..%2fetc/passwd", "/%2e%2e/", "//", "/ext:a", "/ext::b", "/ext:a:%00", "/ext:a:%ff", "/ext:a:" + "b" * 5000, "/ext:%F0%9F%92%A9:1",
    "/ext?source=a&id=%00", "/ext?source=" + "a" * 500 + "&id=1", "/ext", "/schema", "/" + "9" * 3000, "/{id}", "/00000000-0000-0000-0000-000000000000/%0d%0aX:1",
    "/00000000-0000-0000-0000-000000000000/win", "/count/count", "/search",
)
HEADERS: tuple[dict[str, str], ...] = (
    {"HTTP_AUTHORIZATION": "Bearer kith_\x00"}, {"HTTP_AUTHORIZATION": "Bearer \udcff"}, {"HTTP_AUTHORIZATION": "\x00"}, {"HTTP_AUTHORIZATION": "Bearer kith_" + "x" * 60_000},
    {"HTTP_AUTHORIZATION": "Bearer kith_\xff"}, {"HTTP_ACCEPT": "\x00"}, {"HTTP_ACCEPT": ";;;,,,q=x"}, {"HTTP_ACCEPT": "application/json;q=nan"}, {"HTTP_ACCEPT": "*"},
    {"HTTP_ACCEPT_LANGUAGE": "x" * 9000}, {"HTTP_ACCEPT_LANGUAGE": "zh-\x00"}, {"HTTP_IF_MATCH": "\x00"}, {"HTTP_IF_MATCH": '"' + "9" * 400 + '"'}, {"HTTP_X_REQUEST_ID": "\x00"},
    {"HTTP_X_REQUEST_ID": "a\r\nb"}, {"HTTP_X_REQUEST_ID": "x" * 5000}, {"CONTENT_TYPE": "\x00"},
    {"CONTENT_TYPE": "application/json; charset=utf-7"}, {"HTTP_COOKIE": "kith=\x00"}, {"HTTP_COOKIE": "kith=" + "x" * 5000}, {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""},
)
TREES: tuple[object, ...] = (
    None, [], "x", 7, {}, {"and": []}, {"and": {}}, {"or": [{}]}, {"not": []}, {"field": "name"}, {"field": 7, "value": 1}, {"field": "name", "op": [], "value": 1},
    {"field": "name", "op": "regex", "value": "(a+)+$"}, {"field": "name", "op": "in", "value": "x"}, {"field": "name", "op": "in", "value": [[]]}, {"field": "name", "value": {}},
    {"field": "born_on", "op": "between", "value": [1]}, {"field": "born_on", "op": "gte", "value": {}}, {"field": "parent", "value": {"id": []}}, {"field": "owner.password", "value": "x"},
    {"field": "tags", "op": "contains", "value": [{}]}, {"field": "opening_spend", "op": "gt", "value": "NaN"}, {"field": "opening_orders_count", "value": 1.5},
    {"field": "opening_orders_count", "op": "gt", "value": 2**40}, {"field": "is_sample", "value": []}, {"and": [{"field": "name", "value": "x"}] * 2000},
    {"field": "churn_probability", "op": "lt", "value": 1e308}, {"field": "created_at", "op": "lt", "value": 7}, {"field": "id", "op": "in", "value": ["x"] * 500}, {"field": "custom", "value": 1},
)
NESTED: object = {"field": "name", "value": "x"}
for _ in range(20):
    NESTED = {"not": NESTED}
