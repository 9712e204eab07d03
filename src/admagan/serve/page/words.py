"""What the page says, in its two languages."""

from __future__ import annotations

from typing import Literal, NamedTuple

from markupsafe import Markup

Language = Literal["en", "zh"]
LANGUAGES: dict[str, Language] = {"English": "en", "中文": "zh"}


class Both(NamedTuple):
    """A text in English and Chinese. In HTML both are there, and page.css shows the one of the page's language."""

    en: str
    zh: str

    def __html__(self) -> str:
        return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(self.en, self.zh)

    def of(self, language: Language) -> str:
        """Return the text in one of the two."""
        return self.zh if language == "zh" else self.en


WORDS = {
    "tagline": Both("Pictures from a sentence and from attributes", "一句话加上属性，生成图片"),
    "model": Both("Model", "模型"),
    "language": Both("Language", "语言"),
    "prompt": Both("Prompt", "描述"),
    "prompt_example": Both(
        "a smiling woman with long red hair and round glasses", "一位微笑的女人，红色长发，戴着圆框眼镜"
    ),
    "generate": Both("Generate", "生成"),
    "seed": Both("Seed", "种子"),
    "seed_empty": Both("empty: random", "留空则随机"),
    "random": Both("Random", "随机"),
    "number": Both("Pictures", "张数"),
    "truncation": Both("Truncation", "截断"),
    "imagine": Both("Vary what is left open", "自由发挥"),
    "imagine_hint": Both(
        "Each picture gets its own idea of what the prompt does not say.",
        "描述没有提到的部分，每张图片各有不同。",
    ),
    "attributes": Both("Attributes", "属性"),
    "attributes_hint": Both(
        "Click once for with, twice for without, again to leave it to the prompt.",
        "点一次：要；点两次：不要；再点一次：由描述决定。",
    ),
    "find": Both("Find an attribute", "查找属性"),
    "clear_all": Both("Clear", "清除"),
    "on": Both("with", "要"),
    "off": Both("without", "不要"),
    "none_found": Both("No such attribute.", "没有这个属性。"),
    "other": Both("other", "其他"),
    "empty": Both(
        "Your pictures will appear here. Type a prompt, or start from an example.",
        "图片会显示在这里。输入一句描述，或者先点一个示例。",
    ),
    "understood": Both("Understood", "看懂了"),
    "unknown": Both("Not understood", "没看懂"),
    "unknown_hint": Both("These words change next to nothing.", "这些词对图片几乎没有影响。"),
    "by_prompt": Both("said", "描述中"),
    "by_classifier": Both("guessed", "推测"),
    "by_option": Both("chosen", "已选"),
    "nothing": Both(
        "No attribute; the pictures follow the sentence alone.", "没有识别出属性，图片只依据整句话。"
    ),
    "keep_seed": Both("Keep this seed", "固定这个种子"),
    "download": Both("Download", "下载"),
    "download_all": Both("Download all", "全部下载"),
    "enlarge": Both("Enlarge", "放大"),
    "close": Both("Close", "关闭"),
    "examples": Both("Examples", "示例"),
}

GROUPS = {
    "style": "画风",
    "subject": "主体",
    "expression": "表情",
    "flower colour": "花色",
    "plant kind": "植物种类",
    "pot shape": "花盆形状",
    "pot colour": "花盆颜色",
    "background": "背景",
    "gender": "性别",
    "hair colour": "发色",
    "hair shape": "发型",
    "hair length": "头发长短",
    "skin": "肤色",
    "eyewear": "眼镜",
    "clothes": "衣服",
    "clothes colour": "衣服颜色",
    "hat colour": "帽子颜色",
    "headwear": "帽子",
    "eyes": "眼睛",
    "beard colour": "胡子颜色",
    "facial hair": "胡子",
    "monster colour": "怪物颜色",
    "monster body": "怪物体形",
    "antenna colour": "触角颜色",
    "horn colour": "犄角颜色",
    "ear colour": "耳朵颜色",
    "head top": "头顶",
    "accessory": "配饰",
}
"""English name of a group of the bundled model -> Chinese. Attributes bring their own translations, groups do not."""


def group_name(group: str) -> Both:
    """Return what a group of attributes is called; "" holds those without a group."""
    return Both(group, GROUPS.get(group, group)) if group else WORDS["other"]
