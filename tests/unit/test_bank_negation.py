"""What people write to say that something is not there, read with the bundled model's bank."""

from __future__ import annotations

import pytest

from admagan.bank import AttributeBank
from admagan.runtime.models import BUNDLED

DENIED = {
    "glasses": """
        a man without glasses | a man without any glasses | a man with no glasses | a man, no glasses
        no glasses, a man | a man not wearing glasses | a man who doesn't wear glasses
        a man who doesn’t wear glasses | a man w/o glasses | a man who does not wear glasses
        A MAN WITHOUT GLASSES! | a man without  \t glasses | a glasses-free man | a man free of glasses
        a man whose glasses are missing | a man with glasses removed | a man sans glasses
        a man who took off his glasses | remove the glasses, a man | avoid glasses, a man
        a man without earrings or glasses | a man with no earrings, glasses or hat
        a man without earrings, rings and glasses | a man not wearing earrings or glasses
        a man no longer wearing glasses | a man, glasses: no | a man who refuses to wear glasses
        a man that never wears glasses | a man lacking glasses | a man without any makeup, glasses or jewelry
        a man, don't let him wear glasses | a man without makeup, glasses, a ring or jewelry and smiling
        男人，别加眼镜 | 男人，把眼镜去掉 | 不怎么戴眼镜的男人 | 男人，别再给他戴眼镜 | 眼镜摘掉的男人
        omit glasses on a man | 没有戴眼镜的男人 | 不戴眼镜的男人
        不带眼镜的男人 | 一个男人，没有眼镜 | 未戴眼镜的男人 | 摘掉眼镜的男人 | 男人，眼镜：无
        男人，别戴眼镜 | 男人，不要眼镜 | 男人，不要戴眼镜 | 男人，去掉眼镜 | 少了眼镜的男人
        并不戴眼镜的男人 | 男人，不要画眼镜 | 男人，眼镜不要 | 无眼镜的男人 | 沒戴眼镜的男人
    """,
    "hat": """
        a hatless man | a man not wearing a hat | a man who isn't wearing a hat | a man minus the hat
        a man wearing no hat | a man with his hat off | a man with his hat removed | a man, hat absent
        skip the hat, a man | a bareheaded man | a man who has taken off his hat
        leave out the hat, a man | a man who cannot wear a hat | 一个男人,没戴帽子 | 不戴帽子的男人
        摘下帽子的男人 | 从不戴帽子的男人 | 男人，不能有帽子 | 男人，禁止帽子 | 男人，帽子没有
        男人 不戴帽子 戴眼镜 | 一个男人，不是蓝色的帽子 | a man missing a hat | a man, don't give him a hat
        a man, I don't want to see a hat | a man, get rid of the hat | a man with anything but a hat
        男人，别给他戴帽子 | 男人，不要给他戴帽子 | 男人，不要让他戴帽子 | 男人，不让他戴帽子
        男人，请勿戴帽子 | 男人，把帽子摘掉 | 男人，别有帽子
    """,
    "beard": """
        a beardless man | a man who lacks a beard | a man that has no beard
        a man who has not got a beard | a man who hasn't got a beard | a man with zero beard
        a clean-shaven man | a clean shaven man | 一个没有胡子的男人 | 无胡子的男人 | 不留胡子的男人
        没留胡子的男人 | 缺少胡子的男人 | 没有任何胡子的男人 | 男人，胡子没有 | a man with no sign of a beard
        hide the beard of the man | 男人，别画胡子 | a man with a no-beard look
    """,
    "smiling": """
        a man who is not smiling | a man who isn't smiling | a non-smiling man | an unsmiling man
        a man without a smile | 没有微笑的男人 | 不微笑的男人 | 非微笑的男人
    """,
}
MIXED = [
    ("a man with neither hat nor beard", {"hat", "beard"}, {"man"}),
    ("a man (beard:0.8), glasses=0.5", set(), {"man", "beard", "glasses"}),
    ("a man, beard: 0, glasses", {"beard"}, {"man", "glasses"}),
    ("男人，帽子：0.5", set(), {"man", "hat"}),
    ("帽子和胡子都没有的男人", {"hat", "beard"}, {"man"}),
    ("男人，眼镜、帽子都没有", {"glasses", "hat"}, {"man"}),
    ("男人有眼镜，帽子和胡子也没有", {"hat", "beard"}, {"man", "glasses"}),
    ("没有头发的男人", set(), {"bald", "man"}),
    ("没有头发和胡子的男人", {"beard"}, {"bald", "man"}),
    ("a man with no hair", set(), {"bald", "man"}),
    ("a man with no hair or beard", {"beard"}, {"bald", "man"}),
    ("a man without any hair, beard or glasses", {"beard", "glasses"}, {"bald", "man"}),
    ("a man with no hair and a red beard", set(), {"bald", "man", "beard", "red beard"}),
    ("a man without hair", set(), {"bald", "man"}),
    ("a man without hair, beard or glasses", {"beard", "glasses"}, {"bald", "man"}),
    ("a bearded man without hair", set(), {"bald", "man", "beard"}),
    ("a man with no red hair", {"red hair"}, {"man"}),
    ("a man without red hair", {"red hair"}, {"man"}),
    ("没有角的怪物", set(), {"monster"}),
    ("a man without hat or glasses", {"hat", "glasses"}, {"man"}),
    ("a man without a hat, glasses or beard", {"hat", "glasses", "beard"}, {"man"}),
    ("a man without a hat but with glasses", {"hat"}, {"man", "glasses"}),
    ("a man with glasses but no hat", {"hat"}, {"man", "glasses"}),
    ("a man without a beard. He wears glasses", {"beard"}, {"man", "glasses"}),
    ("a man with a hat, without glasses, with a beard", {"glasses"}, {"hat", "beard"}),
    ("not a woman but a man", {"woman"}, {"man"}),
    ("not only glasses but also a hat", set(), {"glasses", "hat"}),
    ("a man who cannot live without his hat", set(), {"man", "hat"}),
    ("a man with a hat off to the side and glasses", set(), {"man", "hat", "glasses"}),
    ("a man without a beard and a woman with glasses", {"beard"}, {"man", "woman", "glasses"}),
    ("a woman without glasses and smiling", {"glasses"}, {"woman", "smiling"}),
    ("a man without a hat, glasses and bald", {"hat", "glasses"}, {"man", "bald"}),
    ("a man with no earrings and glasses", set(), {"man", "glasses"}),
    ("a man with no earrings, glasses", set(), {"man", "glasses"}),
    ("a man, don't forget the glasses", set(), {"man", "glasses"}),
    ("no one wears glasses, a man with a hat", {"glasses"}, {"man", "hat"}),
    ("the portrait of a man does not show glasses", {"glasses"}, {"man"}),
    ("a man hiding his eyes behind sunglasses", set(), {"man", "sunglasses"}),
    ("a man with his hat off in the sun", {"hat"}, {"man"}),
    ("a man with his glasses missing today", {"glasses"}, {"man"}),
    ("a red monster with a body that is not round", {"round body"}, {"monster", "red monster"}),
    ("a man without a beard, smiling, in a park or garden", {"beard"}, {"man", "smiling"}),
    ("a man without glasses, smiling, more or less", {"glasses"}, {"man", "smiling"}),
    ("a woman with no hat, black hair or so", {"hat"}, {"woman", "black hair"}),
    ("a man not standing with a hat", set(), {"man", "hat"}),
    ("her eyes (one blue), a woman", set(), {"woman"}),
    ("a no-nonsense man with a beard", set(), {"man", "beard"}),
    ("a non-human man with glasses", set(), {"man", "glasses"}),
    ("a man missing a smile", {"smiling"}, {"man"}),
    ("Hats Men Free Run, free size", set(), {"hat", "man"}),
    ("a man with a hat off-center and glasses", set(), {"hat", "man", "glasses"}),
    ("No Show hat for a man, no 1 glasses", set(), {"hat", "man", "glasses"}),
    ("a man hide leather hat", set(), {"man", "hat"}),
    ("a man with glasses missing a hat", {"hat"}, {"man", "glasses"}),
    ("a man in glasses or jewelry", set(), {"man", "glasses"}),
    ("特别有气质、戴眼镜的男人，性别男", set(), {"man", "glasses"}),
    ("没有帽子和眼镜的男人", {"hat", "glasses"}, {"man"}),
    ("没有胡子、红发的男人", {"beard"}, {"red hair", "man"}),
    ("没有胡子、开心的男人", {"beard"}, {"smiling", "man"}),
    ("头发不是红色的女人", set(), {"woman"}),
    ("帽子不是蓝色的男人", set(), {"hat", "man"}),
    ("不同颜色的帽子", set(), {"hat"}),
    ("没有帽子，有胡子的男人", {"hat"}, {"beard", "man"}),
    ("没有帽子但戴眼镜的男人", {"hat"}, {"glasses", "man"}),
    ("戴帽子没有胡子的男人", {"beard"}, {"hat", "man"}),
    ("既不戴帽子也不戴眼镜的男人", {"hat", "glasses"}, {"man"}),
    ("不是女人，是男人", {"woman"}, {"man"}),
    ("非常开心的男人，眼镜不错", set(), {"smiling", "man", "glasses"}),
]


@pytest.fixture(scope="module")
def bank() -> AttributeBank:
    return AttributeBank.read(BUNDLED / "avatars" / "attributes.json")


def read(bank: AttributeBank, text: str) -> tuple[set[str], set[str]]:
    """Return the names that a text denies, and those that it affirms."""
    matches = bank.match(text)
    denied, present = ({bank.names[m.index] for m in matches if m.negated is no} for no in (True, False))
    return denied, present


@pytest.mark.parametrize(
    ("text", "name"),
    [(text.strip(), name) for name, texts in DENIED.items() for text in texts.replace("\n", "|").split("|")
     if text.strip()],
)  # fmt: skip
def test_what_is_denied_is_absent(text: str, name: str, bank: AttributeBank) -> None:
    denied, present = read(bank, text)
    assert name in denied
    assert name not in present
    assert "man" in present


@pytest.mark.parametrize(("text", "no", "yes"), MIXED)
def test_a_denial_ends_where_it_should(text: str, no: set[str], yes: set[str], bank: AttributeBank) -> None:
    denied, present = read(bank, text)
    assert no <= denied
    assert yes <= present
    assert not no & present
    assert not yes & denied
