"""`zhizao inspect`: machine vision with a promised false-alarm rate."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, written, written_measure
from zhizao.cli.options import Json, MeasureOut, ReportFile, Seed, share_of
from zhizao.cli.output import cell, hand_over, say, show_table
from zhizao.cli.progress import progress, tell

if TYPE_CHECKING:
    import polars as pl

    from zhizao.studies.inspect import EvaluationResult, Inspector, LabelResult, ScoreResult
    from zhizao.studies.inspect.use.watching import Watched

MOST_ROWS = 20
"""Pictures that a command lists; JSON and the report have all."""

app = typer.Typer(
    help="Inspect pictures: train an inspector with good pictures, score others, evaluate it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="REGEX",
        help="Regular expression that finds the part in the path of a picture (its first group, if any); "
        "pictures of one part belong together.",
        show_default=False,
    ),
]
ClassFolders = Annotated[
    Path | None,
    typer.Option(
        "--classes",
        metavar="DIR",
        help="Folder with a folder of pictures for each class of defects: defective pictures then get "
        "their class and its probability.",
        show_default=False,
    ),
]
ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL", help="Model file, as written by `zhizao inspect train`.", show_default=False
    ),
]
GoodFolder = Annotated[
    Path, typer.Argument(metavar="GOOD", help="Folder with pictures of good parts.", show_default=False)
]


@app.command(short_help="Train an inspector with pictures of good parts.")
@guarded
def train(
    good: GoodFolder,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="MODEL.zi", help="Model file to write.", show_default=False),
    ],
    bad: Annotated[
        Path | None,
        typer.Option(
            "--bad",
            metavar="BAD",
            help="Folder with pictures of defective parts: they measure the detection rate; with --thorough "
            "they sharpen the score too.",
            show_default=False,
        ),
    ] = None,
    false_alarms: Annotated[
        str,
        typer.Option(
            metavar="SHARE",
            help="Promised share of good parts that are called defective, at most, as 0.05 or '5 %'.",
        ),
    ] = "0.05",
    classes: ClassFolders = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Be more accurate, at three times the time per picture.")
    ] = False,
    group: Group = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Train an inspector with pictures of good parts; the rate of false alarms is promised, not tuned.

    A share of the parts is held out to calibrate. A rate that the number of parts cannot support is refused.

    \b
    Examples:
      zhizao inspect train good/ -o model.zi
      zhizao inspect train good/ --bad bad/ --false-alarms 0.02 -o model.zi
      zhizao inspect train good/ --classes defects/ -o model.zi      # defects/crack/, defects/stain/, ...
      zhizao inspect train good/ --group 'tile(\\d+)' -o model.zi    # several pictures of each tile
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.inspect import Pictures, learn_classes, train_inspector

    check_outputs({"-o": output, "--report": report}, ())
    rate = share_of("--false-alarms", false_alarms)
    known_bad = None if bad is None else Pictures(bad, group)
    with progress("training") as on_progress:
        inspector = train_inspector(
            Pictures(good, group),
            known_bad,
            false_alarms=rate,
            recipe="thorough" if thorough else "default",
            seed=seed,
            progress=on_progress,
        )
    if classes is not None:
        with progress("learning classes") as on_progress:
            inspector = learn_classes(inspector, Pictures(classes, group), progress=on_progress)
    written("-o", output, inspector.save)
    tell(f"model: {output}")
    hand_over(inspector, report, as_json, _show_training)


@app.command(short_help="Score pictures: which are defective.")
@guarded
def score(
    model: ModelFile,
    images: Annotated[
        list[Path],
        typer.Argument(metavar="IMAGES...", help="Pictures, or folders of them.", show_default=False),
    ],
    heatmaps: Annotated[
        Path | None,
        typer.Option(
            "--heatmaps", metavar="DIR", help="Write a heat map for each picture here.", show_default=False
        ),
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(
            "--scale",
            metavar="MM_PER_PIXEL",
            help="Millimetres per pixel of the pictures: the JSON then has the size of defect regions in mm.",
            show_default=False,
        ),
    ] = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Score pictures: how anomalous each is, its p-value among good ones, and whether it is defective.

    A file that cannot be read gets its verdict, and stops nothing.

    \b
    Examples:
      zhizao inspect score model.zi part.png
      zhizao inspect score model.zi today/ --json
      zhizao inspect score model.zi today/ --heatmaps maps/
      zhizao inspect score model.zi today/ --scale 0.05 --json
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.inspect import Inspector, Pictures

    check_outputs({"--report": report}, (model,))
    inspector = Inspector.load(model)
    with progress("scoring") as on_progress:
        result = inspector.score(Pictures(images), scale_mm=scale, progress=on_progress)
    if heatmaps is not None:
        written("--heatmaps", heatmaps, result.write_heatmaps)
        tell(f"heat maps: {heatmaps}")
    hand_over(result, report, as_json, _show_scores)


@app.command(short_help="Measure detection and false alarms on known pictures.")
@guarded
def evaluate(
    model: ModelFile,
    good: GoodFolder,
    bad: Annotated[
        Path,
        typer.Argument(metavar="BAD", help="Folder with pictures of defective parts.", show_default=False),
    ],
    masks: Annotated[
        Path | None,
        typer.Option(
            "--masks",
            metavar="DIR",
            help="Folder with masks of the bad pictures, white where they are defective, named like them: "
            "they measure the heat maps (AUPRO).",
            show_default=False,
        ),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(
            "--as-measure",
            metavar="STEP",
            help="Write the rates as a measure: this inspector at a step of the plant (with -o).",
            show_default=False,
        ),
    ] = None,
    output: MeasureOut = None,
    group: Group = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Measure detection and false alarms on pictures known to be good and bad, with exact intervals by part.

    Pictures that the inspector was trained with are left out.

    \b
    Examples:
      zhizao inspect evaluate model.zi good/ bad/
      zhizao inspect evaluate model.zi good/ bad/ --group 'tile(\\d+)' --json
      zhizao inspect evaluate model.zi good/ bad/ --masks masks/ --report page.html
      zhizao inspect evaluate model.zi good/ bad/ --as-measure cut-parka -o measure.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.quantities import InputError
    from zhizao.studies.inspect import Inspector, Pictures

    check_outputs({"--report": report, "-o": output}, (model,))
    if (step is None) != (output is None):
        raise InputError("--as-measure STEP and -o FILE: found one; give both, or neither")
    inspector = Inspector.load(model)
    with progress("evaluating") as on_progress:
        result = inspector.evaluate(
            Pictures(good, group), Pictures(bad, group), masks=masks, progress=on_progress
        )
    if step is not None and output is not None:
        _write_measure(result, step, output)
    hand_over(result, report, as_json, _show_evaluation)


def _write_measure(result: EvaluationResult, step: str, output: Path) -> None:
    from zhizao.studies.inspect import as_measure

    written_measure(output, as_measure(result, step))


@app.command(short_help="Score the pictures that come into a folder.")
@guarded
def watch(
    model: ModelFile,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder that pictures come into.", show_default=False)
    ],
    every: Annotated[float, typer.Option(metavar="SECONDS", min=0.05, help="Time between two looks.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Score the pictures that come into a folder, a line for each, until Ctrl-C.

    Pictures that are there already are scored first. A file that is still being written is waited for. An
    alarm is raised if scores drift upwards from those of the calibration; without drift, at most once in
    1,000 pictures on average.

    \b
    Examples:
      zhizao inspect watch model.zi camera/
      zhizao inspect watch model.zi camera/ --every 0.2 --json
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.inspect import Inspector, watch_folder

    seen = watch_folder(Inspector.load(model), folder)
    tell(f"watching {folder}; Ctrl-C ends")
    count, defective = 0, 0
    try:
        while True:
            for one in seen.look():
                count += 1
                defective += one.scored.defective is True
                say([json.dumps(one.as_json()) if as_json else _line(one)])
                sys.stdout.flush()
            time.sleep(every)
    except KeyboardInterrupt:
        tell(f"ended: {count} pictures, {defective} defective, {seen.drift.alarms} drift alarms")


def _line(one: Watched) -> str:
    """A picture on a line."""
    picture, scored = one.scored.picture, one.scored
    if scored.score is None or scored.p_value is None:
        return f"{picture.path}: not read ({picture.verdict.value}: {picture.detail})"
    called = "DEFECTIVE" if scored.defective else "good"
    said = f"{picture.path}: {called}, score {scored.score:.4g}, p {scored.p_value:.3g}"
    return f"{said}; DRIFT: scores are higher than those of the calibration" if one.drift else said


@app.command(short_help="Choose the pictures to label next.")
@guarded
def label(
    model: ModelFile,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Folder of pictures that nobody labelled.", show_default=False),
    ],
    count: Annotated[int, typer.Option("--count", metavar="N", min=1, help="How many, at most.")] = 20,
    group: Group = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Choose the pictures to label next: those nearest to the threshold, one of those that look alike.

    \b
    Examples:
      zhizao inspect label model.zi today/
      zhizao inspect label model.zi today/ --count 50 --report to-label.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.inspect import Inspector, Pictures, label_next

    check_outputs({"--report": report}, (model,))
    result = label_next(Inspector.load(model), Pictures(folder, group), count)
    hand_over(result, report, as_json, _show_labels)


def _show_labels(result: LabelResult) -> None:
    say([*result.key_points()[:2], *result.notes])
    _show_pictures("Pictures to label, least certain first", result.table())


def _show_training(result: Inspector) -> None:
    say([*result.key_points()[:2], *result.notes])


def _show_scores(result: ScoreResult) -> None:
    say([*result.key_points()[:2], *result.notes])
    _show_pictures("Pictures, most anomalous first", result.table())


def _show_evaluation(result: EvaluationResult) -> None:
    say([*result.key_points()[:2], *result.notes])
    _show_pictures("Pictures, wrong calls first", result.table().drop("part", "wrong"))


def _show_pictures(title: str, frame: pl.DataFrame) -> None:
    shown = frame.head(MOST_ROWS)
    heads = [name.replace("_", " ") for name in shown.columns]
    show_table(title, heads, [[cell(value) for value in row] for row in shown.iter_rows()], right=len(heads))
    if frame.height > MOST_ROWS:
        say([f"{frame.height - MOST_ROWS} more; --json and --report list all"])
