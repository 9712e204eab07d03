"""The printed form of a report, and the exit status that goes with it."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from admagan.data.check import check_data_set
from admagan.data.check.findings import SEVERITIES, Finding, Report, Severity

SHOWN = 5
"""Findings of one check that are printed; `--json` lists all."""
COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "note": "cyan"}


def run_check(root: Path, fix: Path | None = None, as_json: bool = False) -> int:
    """Check `root`, print the report on standard output and return the exit status: 2 on errors, else 0."""
    report = check_data_set(root, fix)
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        print_report(report, fix)
    return 2 if report.errors else 0


def print_report(report: Report, fixed: Path | None) -> None:
    """Print the findings, those of one check together, and what they come to."""
    out = Console(highlight=False, soft_wrap=True)
    splits = ", ".join(f"{name} {size:,}" for name, size in report.splits.items())
    out.print(f"[bold]{escape(str(report.root))}[/]: {report.records:,} records ({splits})\n")
    for findings in report.by_check():
        _print_group(out, findings)
    counts = ", ".join(f"{report.count(severity):,} {severity}s" for severity in SEVERITIES)
    verdict = "Training refuses this data set." if report.errors else "Ready for training."
    out.print(f"[bold]{counts}.[/] {verdict}")
    if fixed is not None:
        name = report.file.name
        place = f"in place of the data set's {name}"
        if not name.endswith(".jsonl"):
            place = f"into the data set as metadata.jsonl, and remove {name},"
        out.print(f"Wrote {escape(str(fixed))}: put it {place} to use it.")
    elif any(finding.drop for finding in report.findings):
        out.print("`--fix OUT.jsonl` writes a cleaned copy of the metadata.")


def _print_group(out: Console, findings: list[Finding]) -> None:
    severity = findings[0].severity
    out.print(f"[bold {COLOURS[severity]}]{severity}[/] [bold]{findings[0].check}[/] ({len(findings):,})")
    mends = {finding.mend for finding in findings}
    for finding in findings[:SHOWN]:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        mend = f" [dim]{escape(finding.mend)}[/]" if len(mends) > 1 else ""
        out.print(f"  {escape(place)}: {escape(finding.message)}{mend}")
    if len(findings) > SHOWN:
        out.print(f"  … and {len(findings) - SHOWN:,} more; --json lists all")
    if len(mends) == 1:
        out.print(f"  [dim]{escape(mends.pop())}[/]")
    out.print()
