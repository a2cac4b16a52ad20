"""Pages with examples: every command runs in its order, and prints what stands there."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhizao.cli import main
from zhizao.kpi.analysis import Interval
from zhizao.plant.files.schema import field_table
from zhizao.studies.compare import Appraisal
from zhizao.studies.compare.payback import Costs, Money

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def words(text: str) -> list[str]:
    """Words without lines of tables and stops; a number, which a platform may round otherwise, is a #."""
    plain = re.sub(r"[│┃━─┏┓┗┛┡┩└┘┌┐├┤┬┴┼╇┳┻╋≈]", " ", text)
    return [
        word.rstrip(",;.")
        for word in re.sub(r"(?<![\w-])[-+]?\d[\d.]*([ \u202f\xa0]\d{3})*", "#", plain).split()
    ]


def parts(block: str) -> Iterator[list[str]]:
    """Words of each cell of a shown block: cells are two or more spaces apart, sentences may run on."""
    for line in block.splitlines():
        yield from (words(cell) for cell in re.split(r" {2,}", line) if cell.strip())


def holds(output: list[str], part: list[str]) -> bool:
    return f" {' '.join(part)} " in f" {' '.join(output)} "


def run(command: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    program, *arguments = shlex.split(command)
    assert (program, main(arguments)) == ("zhizao", 0), command
    captured = capsys.readouterr()
    return words(captured.out + captured.err)


def blocks(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


def faults(page: str, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """Run the page in the folder we are in; what it shows and no command before it printed."""
    output: list[str] = []
    missing: list[list[str]] = []
    names: dict[str, object] = {"__name__": "__main__"}
    for kind, block in blocks(page):
        if kind == "sh":
            output = [word for line in block.splitlines() for word in run(line, capsys)]
        elif kind == "python":
            exec(compile(block, page, "exec"), names)
            output = words(capsys.readouterr().out)
        elif kind == "text":
            missing += [part for part in parts(block) if not holds(output, part)]
    return missing


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a reader has it, and nothing of ours is written into."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.usefixtures("clone")
def test_every_command_of_the_tutorial_runs_and_prints_what_the_page_shows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert faults("tutorial.md", capsys) == []


def test_the_tutorial_goes_from_a_log_to_money_with_every_command_on_the_way() -> None:
    commands = [line for kind, block in blocks("tutorial.md") if kind == "sh" for line in block.splitlines()]
    verbs = [command.split()[1] for command in commands]
    way = ["simulate", "check", "learn", "validate", "simulate", "bottlenecks", "compare", "compare"]
    assert verbs[1:] == way
    assert blocks("tutorial.md")[-1][1].count("net present value") == 1
    assert {kind for kind, _ in blocks("tutorial.md")} == {"sh", "text", "python"}


@pytest.mark.usefixtures("clone")
def test_the_page_of_intervals_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert faults("intervals.md", capsys) == []


@pytest.mark.usefixtures("clone")
def test_the_page_of_measures_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert faults("measures.md", capsys) == []


@pytest.mark.usefixtures("clone")
def test_the_page_of_improvement_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert faults("improve.md", capsys) == []


# ---------------------------------------------------------------- money
@pytest.mark.usefixtures("clone")
def test_a_measure_against_escapes_without_a_cost_is_reported_as_on_the_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert faults("money.md", capsys) == []


def test_pay_back_and_present_value_on_the_page_follow_from_its_gain() -> None:
    """By the formula of the page, and by the appraisal of the study."""
    text = (DOCS / "money.md").read_text(encoding="utf-8")
    assert "`(365 g - y) (1 - (1 + i)^-n) / i - c`" in text
    once, yearly, gain, days, value = (
        float(re.sub(r"\s", "", found[1]))
        for found in (
            re.search(pattern, text)
            for pattern in (
                r"cost once ([\d ]+) EUR",
                r"cost per year ([\d ]+) EUR",
                r"gain per day (\d+) ",
                r"pay-back\s+(\d+) days",
                r"net present value ([\d ]+) \(",
            )
        )
        if found
    )
    by_hand = (365 * gain - yearly) * (1 - 1.08**-5) / 0.08 - once
    assert by_hand == pytest.approx(value, rel=1e-3)  # the gain is shown as a whole number
    assert once / (gain - yearly / 365) == pytest.approx(days, abs=0.5)
    known = Interval(gain, gain, gain, 20)
    appraised = Money(Costs(once, yearly), known, known, known, Appraisal())
    assert appraised.net_present_value.mean == pytest.approx(by_hand)
    assert appraised.payback is not None
    assert appraised.payback.days == pytest.approx(days, abs=0.5)


def test_the_sum_by_hand_on_the_page_of_money_is_right() -> None:
    text = " ".join((DOCS / "money.md").read_text(encoding="utf-8").split("## Check it by hand")[1].split())
    margin = 0.75 * (20 - 4) + 0.25 * (26 - 7)
    more, machine = (1012 - 937) * margin, 45 * 80 / 7
    assert f"75 × {margin:.2f} = {more:,.0f} EUR".replace(",", " ") in text
    assert f"{machine:.0f} EUR a day. That leaves about {more - machine:.0f} EUR" in text


@pytest.mark.parametrize("where", ["work_centers", "tools", "personnel", "products"])
def test_the_fields_that_the_page_of_money_names_are_in_the_model(where: str) -> None:
    kinds = {"work_centers": "WorkCenter", "tools": "Tool", "personnel": "Personnel", "products": "Product"}
    text = (DOCS / "money.md").read_text(encoding="utf-8")
    named = set(re.findall(rf"`{where}\.<\w+>\.(\w+)`", text))
    assert named
    assert named <= {row.field for row in field_table() if row.object == kinds[where]}


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize("page", ["results.md", "schedule.md", "dispatching.md", "logs.md", "kpi.md"])
def test_a_page_runs_and_prints_what_it_shows(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert faults(page, capsys) == []


@pytest.mark.usefixtures("clone")
def test_the_plant_at_the_head_of_the_page_of_the_plant_file_runs(capsys: pytest.CaptureFixture[str]) -> None:
    kind, text = blocks("plant-file.md")[0]
    assert kind == "yaml"
    Path("plant.yaml").write_text(text, encoding="utf-8")
    assert "Throughput" in run("zhizao simulate plant.yaml --days 2 --replications 2", capsys)
