"""The page, built of Gradio's blocks. All that is Gradio's is in this file."""

from __future__ import annotations

import asyncio
import os
from typing import Any, NamedTuple

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from admagan.errors import InputError
from admagan.runtime.noise import random_seed
from admagan.serve.engine import Engine
from admagan.serve.limits import Refused
from admagan.serve.page import parts
from admagan.serve.page.examples import example_prompts, with_pictures
from admagan.serve.page.requests import MOST_DIGITS, read_request
from admagan.serve.page.routes import OnlyThePage
from admagan.serve.page.words import LANGUAGES, WORDS, Language

# Before Gradio is imported: it would report its use, and ask for its newest version.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr

MOST_PICTURES = 16
WAITING = 64
"""Presses of a button that may wait before Gradio refuses more; the engine bounds the pictures as well."""
SESSIONS = 64
"""Browsers whose last result Gradio keeps in memory; the page works on without it."""


def make_page(engine: Engine) -> FastAPI:
    """Return the page, at `/`.

    Nothing leaves the machine: neither the server nor the browser asks another host for anything. No file is written.
    """
    style = f"<style>{parts.read_part('page.css')}</style>"
    script = f"<script>{parts.read_part('language.js')}</script>"
    app = FastAPI(openapi_url=None, middleware=[Middleware(OnlyThePage)])  # around all that Gradio adds
    gr.mount_gradio_app(
        app,
        Page(engine).blocks(),
        path="/",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        show_error=False,
        theme=gr.themes.Default(
            primary_hue="indigo",
            font=["ui-sans-serif", "system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        head=style + script,
    )
    return app


class Controls(NamedTuple):
    """The blocks that take part in events."""

    language: gr.Radio
    prompt: gr.Textbox
    button: gr.Button
    number: gr.Slider
    truncation: gr.Slider
    imagine: gr.Checkbox
    seed: gr.Textbox
    random: gr.Button
    chips: gr.HTML
    result: gr.HTML
    examples: gr.HTML


class Page:
    """What the buttons do, and how they are arranged."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.bank = engine.model.attributes
        self.examples = example_prompts(self.bank, engine.model.folder.config.languages)
        self._drawn_examples: str | None = None
        self._drawing_examples = asyncio.Lock()

    async def generate(
        self,
        prompt: str | None,
        chips: Any,
        seed: str | None,
        number: int | None,
        truncation: float | None,
        imagine: bool = True,
    ) -> str:
        """Return what a press of the button shows, be it pictures or a message."""
        try:
            request = read_request(prompt, chips, seed, number, truncation, imagine)
            made = await asyncio.wrap_future(self.engine.submit(request))
        except (InputError, Refused) as error:
            return parts.result(error, self.bank)
        about = {
            "model": self.engine.model.name,
            "truncation": request.truncation,
            "imagine": request.imagine,
        }
        return await run_in_threadpool(parts.result, made, self.bank, about)

    async def draw_examples(self) -> str:
        """Return the examples; their pictures are made when the first visitor comes, and kept."""
        async with self._drawing_examples:
            if self._drawn_examples is None:
                try:
                    shown = await with_pictures(self.engine, self.examples)
                except (InputError, Refused):  # this visitor sees them without pictures
                    return parts.examples(self.examples)
                self._drawn_examples = await run_in_threadpool(parts.examples, shown)
            return self._drawn_examples

    def pick(self, event: gr.EventData) -> tuple[str, str, dict[str, list[str]]]:
        """Return prompt, seed and chips of the example that was clicked."""
        example = self.examples[int(event.index)]
        return example.prompt, str(example.seed), {"on": [], "off": []}

    def blocks(self) -> gr.Blocks:
        """Return the page."""
        blocks = gr.Blocks(title=f"admagan: {self.engine.model.name}", analytics_enabled=False)
        blocks.state_session_capacity = SESSIONS
        with blocks:
            controls = self._arrange()
            self._listen(blocks, controls)
        blocks.queue(max_size=WAITING, api_open=False, default_concurrency_limit=WAITING)
        return blocks

    def _arrange(self) -> Controls:
        english = dict(zip(RELABELLED, texts("en"), strict=True))
        most = min(MOST_PICTURES, self.engine.limits.pictures)
        with gr.Row(elem_classes="ag-top"):
            _part(parts.header(self.engine.model))
            language = gr.Radio(
                list(LANGUAGES.items()),
                value="en",
                label=" / ".join(WORDS["language"]),  # for screen readers
                show_label=False,
                container=False,
                elem_id="ag-language",
            )
        with gr.Row(elem_classes="ag-main"):
            with gr.Column(scale=2, min_width=320):
                longest = self.engine.limits.prompt
                prompt = gr.Textbox(lines=1, max_lines=4, max_length=longest, **english["prompt"])
                button = gr.Button(variant="primary", elem_id="ag-generate", **english["button"])
                with gr.Row():
                    number = _slider(1, max(2, most), min(4, most), 1, visible=most > 1, **english["number"])
                    truncation = _slider(0.1, 1, 1, 0.05, **english["truncation"])
                imagines = len(self.engine.model.imagine.examples) > 0
                imagine = gr.Checkbox(True, visible=imagines, elem_id="ag-imagine", **english["imagine"])
                with gr.Row(elem_classes="ag-seeds"):
                    seed = gr.Textbox(max_lines=1, max_length=MOST_DIGITS, **english["seed"])
                    random = gr.Button(size="sm", min_width=80, elem_id="ag-random", **english["random"])
                chips = _part({}, "chips.js", parts.chips(self.bank))
            with gr.Column(scale=3, min_width=320):
                result = _part(parts.result(None, self.bank), "result.js")
                examples = _part(parts.examples(self.examples), "examples.js")
        return Controls(
            language, prompt, button, number, truncation, imagine, seed, random, chips, result, examples
        )

    def _listen(self, blocks: gr.Blocks, on: Controls) -> None:
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        make: dict[str, Any] = {
            "fn": self.generate,
            "inputs": [on.prompt, on.chips, on.seed, on.number, on.truncation, on.imagine],
            "outputs": on.result,
            "api_visibility": "private",
            "show_progress": "minimal",
        }
        labels = [getattr(on, name) for name in RELABELLED]
        gr.on([on.button.click, on.prompt.submit], **make)
        on.random.click(lambda: str(random_seed()), None, on.seed, **quiet)
        on.result.keep(kept_seed, None, on.seed, **quiet)
        picked = on.examples.pick(self.pick, None, [on.prompt, on.seed, on.chips], **quiet)
        picked.then(**make)
        on.language.input(relabel, on.language, labels, js="admaganLanguage", **quiet)
        first = blocks.load(None, None, on.language, js="() => admaganLanguage()", **quiet)
        first.then(relabel, on.language, labels, **quiet)
        blocks.load(self.draw_examples, None, on.examples, **quiet)


RELABELLED = ("prompt", "button", "number", "truncation", "imagine", "seed", "random")
"""Names of the controls whose texts Gradio draws; all others are in the page in both languages."""


def texts(language: Language) -> list[dict[str, Any]]:
    """Return the texts of the controls of `RELABELLED`."""
    words = {key: both.of(language) for key, both in WORDS.items()}
    return [
        {"label": words["prompt"], "placeholder": words["prompt_example"]},
        {"value": words["generate"]},
        {"label": words["number"]},
        {"label": words["truncation"]},
        {"label": words["imagine"], "info": words["imagine_hint"]},
        {"label": words["seed"], "placeholder": words["seed_empty"]},
        {"value": words["random"]},
    ]


def relabel(language: Language) -> list[Any]:
    """Return what turns those controls to a language."""
    return [gr.update(**changes) for changes in texts(language)]


def kept_seed(event: gr.EventData) -> str:
    """Return the seed of the pictures on show."""
    return str(event.seed)


def _slider(least: float, most: float, value: float, step: float, **texts: Any) -> gr.Slider:
    """Return a slider whose number may be cleared, where Gradio's check fails: `read_request` says what is wrong."""
    slider = gr.Slider(least, most, value, step=step, buttons=[], **texts)
    checked = slider.preprocess
    slider.preprocess = lambda number: None if number is None else checked(number)  # type: ignore[method-assign, assignment]
    return slider


def _part(value: Any, script: str | None = None, markup: str | None = None) -> gr.HTML:
    """Return a block that shows HTML of ours: its value, or `markup` where the value is no HTML.

    Gradio evaluates templates as JavaScript, so neither may be a part of one: they are only filled in.
    """
    return gr.HTML(
        value,
        html_template="${value}" if markup is None else "${markup}",
        js_on_load=parts.read_part(script) if script else None,
        apply_default_css=False,
        elem_classes="ag",
        markup=markup,
    )
