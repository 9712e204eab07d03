"""What the page sends, made into a request; and what went wrong with it, made into a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from admagan.errors import InputError
from admagan.runtime import noise
from admagan.runtime.prompt import TooLongError
from admagan.schema.base import shorten
from admagan.serve.engine import Request
from admagan.serve.limits import Closed, Overloaded, Refused, TimedOut
from admagan.serve.page.words import Both

MOST_DIGITS = 19
"""Of a seed: what is longer is no number below 2^63."""
NOTHING_ASKED = InputError("prompt", "some words, or an attribute that is switched on", "neither")


class Chosen(NamedTuple):
    """The chips that are not free."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


def read_chips(value: Any) -> Chosen:
    """Return the chips of what the browser sent: {"on": [names], "off": [names]}, or nothing.

    Raises:
        InputError: It is something else.
    """
    if not value:
        return Chosen()
    try:
        on, off = tuple(value["on"]), tuple(value["off"])
    except (TypeError, KeyError) as error:
        raise InputError("attributes", "lists of those on and off", type(value).__name__) from error
    for name in (*on, *off):
        if not isinstance(name, str):
            raise InputError("attributes", "names", repr(name))
    return Chosen(on, off)


def read_seed(text: str | None) -> int | None:
    """Return the seed that was typed; None where the field is empty.

    Raises:
        InputError: It is no whole number.
    """
    text = (text or "").strip()
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= MOST_DIGITS):
        raise InputError("seed", "a whole number from 0, or nothing for a random one", shorten(text, 30))
    return int(text)


def read_request(
    prompt: str | None,
    chips: Any,
    seed: str | None,
    number: int | None,
    truncation: float | None,
    imagine: bool = True,
) -> Request:
    """Return what the page asks for.

    Raises:
        InputError: Nothing was asked for, the seed is no number, or the chips are not what the page sends. The engine
            checks the rest.
    """
    chosen = read_chips(chips)
    prompt = (prompt or "").strip()
    if not (prompt or chosen.on):
        raise NOTHING_ASKED
    if number is None or truncation is None:
        raise InputError("n" if number is None else "truncation", "a number", "none")
    wanted: Mapping[str, float] = dict.fromkeys(chosen.on, 1.0)
    return Request(
        prompt, int(number), read_seed(seed), wanted, chosen.off, float(truncation), imagine=bool(imagine)
    )


def explain(error: InputError | Refused) -> Both:
    """Return the message for people."""
    if error is NOTHING_ASKED:
        return Both("Type a prompt, or switch on an attribute.", "请输入一句描述，或者至少选中一个属性。")
    if isinstance(error, Overloaded):
        return Both(
            "Too many requests are waiting. Try again in a few seconds.", "排队的请求太多，请过几秒再试。"
        )
    if isinstance(error, TimedOut):
        return Both(
            "This took too long and was given up. Try fewer pictures.", "等待超时，已放弃。请减少张数再试。"
        )
    if isinstance(error, Closed):
        return Both("The server is shutting down.", "服务器正在关闭。")
    english = str(error)
    chinese = f"输入有误：{english}"
    if isinstance(error, InputError) and error.where == "prompt":
        chinese = (
            f"无法使用这段描述（{error.found}）。请用中文或英文简单描述画面；点开“属性”可以看到模型认识的词。"
        )
        if isinstance(error, TooLongError):
            chinese = f"描述太长：有 {error.found} 个字符，最多 {error.most:,} 个。"
    elif isinstance(error, InputError) and error.where == "seed":
        chinese = f"种子应为 0 到 {noise.MOST - 1} 之间的整数，留空则随机。"
    return Both(english[:1].upper() + english[1:], chinese)
