"""The what-if benchmark: its scores, the changes it makes, the logs it gives, and its list of plants."""

import polars as pl
import pytest

from benchmarks.learning.changes import CHANGES, NothingToChangeError, Question, possible
from benchmarks.learning.factories import KINDS, factory
from benchmarks.learning.scores import Answer, answer_of, score, verdict
from benchmarks.rows import append, read
from benchmarks.whatif import COLUMNS, KPIS, SHARED, Settings, by_plant, mes_log, plants, study, table
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import OrderStream, Plant, parse_plant
from zhizao.quantities import mean
from zhizao.records import with_events

SHOP = """
zhizao: 1
plant: Shop
start: 2026-01-05
calendars: {day: {mon-fri: [06:00-14:00, 14:00-22:00]}}
work_centers:
  - {id: cut, units: 2, calendar: day, setup: {by: product, default: 10 min}}
  - {id: weld, calendar: day, buffer: {capacity: 3}, failures: [{between: 40 h, repair: 1 h}]}
routes:
  r:
    - {id: cut, on: cut, takes: {per_piece: 4 min}, defects: {per: lot, share: 0.2, found: 0}}
    - {id: weld, on: weld, takes: {per_piece: 3 min}, defects: {per: lot, found: 1, then: rework cut}}
products: {a: {route: r, lot: 10}, b: {route: r, lot: 10}}
orders: [{mix: {a: 3, b: 1}, every: exponential(40 min), calendar: day}]
"""


@pytest.fixture(scope="module")
def shop() -> Plant:
    return parse_plant(SHOP)


def about(plant: Plant, load: float = 0.75) -> Question:
    return Question(plant, "weld", load, "cut")


# ---------------------------------------------------------------- scores
def test_scores_of_four_answers_by_hand() -> None:
    answers = [
        Answer(0.5, 0.4, (0.3, 0.45), (0.2, 0.6)),  # error 20 %, right sign, in the second interval
        Answer(-0.2, 0.1, (0.0, 0.2), (-0.1, 0.3)),  # error 150 %, wrong sign, in none
        Answer(0.01, 0.03, (0.0, 0.06), (-0.1, 0.1)),  # little: its error is not relative; in both
        Answer(0.3),  # cannot say
    ]
    found = score(answers)
    assert (found.answers, found.large) == (4, 2)
    assert found.unsaid == 0.25
    assert found.sign == 0.5
    assert found.error == pytest.approx((0.2 + 1.5) / 2)
    assert found.error_of_all == pytest.approx(0.1)
    assert found.covered_by_noise == pytest.approx(1 / 3)
    assert found.covered == pytest.approx(2 / 3)


def test_no_answer_has_no_score() -> None:
    assert score([]).sign is score([]).error is score([]).covered is None
    assert score([Answer(0.01)]).unsaid == 1.0


@pytest.mark.parametrize(
    ("true", "predicted", "said"),
    [
        (0.02, 0.04, "true: little"),
        (0.02, 0.2, "false alarm"),
        (0.5, 0.4, "true"),
        (0.6, 0.03, "missed"),
        (0.5, -0.2, "wrong sign"),
        (0.5, 0.2, "too little"),
        (-0.2, -0.5, "too much"),
    ],
)
def test_a_prediction_is_put_in_words(true: float, predicted: float, said: str) -> None:
    assert verdict(true, predicted) == said


def test_rows_keep_answers(tmp_path) -> None:
    kept = dict.fromkeys(COLUMNS, "") | {"plant": "x", "kpi": KPIS[0], "commit": "c", "records": "mes"}
    kept |= {
        "true": "0.5",
        "predicted": "0.4",
        "low": "0.2",
        "high": "0.6",
        "base_true": "8",
        "base_predicted": "6",
    }
    append(tmp_path / "rows.csv", COLUMNS, [kept])
    append(tmp_path / "rows.csv", COLUMNS, [kept | {"predicted": "", "low": "", "high": ""}])
    rows = read(tmp_path / "rows.csv")
    assert [answer_of(row) for row in rows] == [Answer(0.5, 0.4, None, (0.2, 0.6)), Answer(0.5)]
    cells = "2 | 1 | 50 % | 100 % | 20 % | 25 % | – | 100 % |"
    assert list(table(rows))[2] == f"| c | mes | 1 | lead_time | {cells}"
    assert list(by_plant(rows, "lead_time"))[2] == f"| c | mes | x | {cells}"


# ---------------------------------------------------------------- changes
def test_a_plant_with_everything_has_every_change(shop: Plant) -> None:
    assert set(possible(about(shop))) == set(CHANGES)


def test_a_plain_plant_has_few_changes() -> None:
    plain = parse_plant(
        SHOP.partition("calendars")[0]
        + """
work_centers: [{id: weld}]
routes: {r: [{id: weld, on: weld, takes: 10 min}]}
products: {a: {route: r}}
orders: [{product: a, every: exponential(20 min)}]
"""
    )
    found = possible(Question(plain, "weld", 0.5, None))
    assert set(found) == {
        "one unit more at the busiest",
        "demand up",
        "demand -20 %",
        "another rule at the busiest",
    }


def test_demand_rises_as_far_as_the_plant_keeps_up(shop: Plant) -> None:
    for load, step in ((0.75, 1.2), (0.85, 1.1), (0.9, 1.05)):
        (stream,) = possible(about(shop, load))["demand up"].orders
        assert isinstance(stream, OrderStream)
        assert mean(stream.every) * step == pytest.approx(40 * 60)
    with pytest.raises(NothingToChangeError):
        CHANGES["demand up"](shop, about(shop, 0.94))


def test_days_end_later_and_orders_come_as_before(shop: Plant) -> None:
    after = possible(about(shop))
    for name, hours in (("days longer", 90), ("days shorter", 70)):
        weekly = after[name].calendars["day"].weekly
        assert sum(end - start for start, end in weekly) == hours * 3600
        (stream,) = after[name].orders
        assert isinstance(stream, OrderStream)
        assert after[name].calendars[str(stream.calendar)] == shop.calendars["day"]


def test_a_rare_product_is_doubled_at_the_same_rate_of_all(shop: Plant) -> None:
    (stream,) = possible(about(shop))["a rare product doubled"].orders
    assert isinstance(stream, OrderStream)
    assert stream.mix["b"] / sum(stream.mix.values()) == pytest.approx(0.5)
    assert mean(stream.every) == pytest.approx(40 * 60)


def test_smaller_lots_are_the_same_pieces(shop: Plant) -> None:
    after = possible(about(shop))["lots halved"]
    (stream,) = after.orders
    assert isinstance(stream, OrderStream)
    assert [p.lot for p in after.products.values()] == [5, 5]
    assert mean(stream.every) == pytest.approx(20 * 60)


def test_changes_of_a_learned_plant_go_by_the_names_of_the_hidden_one(shop: Plant) -> None:
    bare = [c.model_copy(update={"setup": None, "failures": (), "buffer": None}) for c in shop.work_centers]
    poor = shop.model_copy(update={"work_centers": tuple(bare)})
    for change in ("set-ups halved", "failures half as often", "buffers doubled"):
        with pytest.raises(NothingToChangeError):
            CHANGES[change](poor, about(shop))
    after = CHANGES["one unit more at the busiest"](poor, about(shop))
    assert [len(c.units) for c in after.work_centers] == [2, 2]


# ---------------------------------------------------------------- logs and plants
def test_a_log_of_work_alone_hides_the_setup_before_it(shop: Plant) -> None:
    settings = RunSettings(5, seed=3, log=LogLevel.EVENTS, threads=1)
    records = with_events(run(shop, settings).records[0])
    assert records.events is not None
    plain, tracked = mes_log(records, track_in=False), mes_log(records, track_in=True)
    assert plain.columns == tracked.columns
    assert set(plain["operation"]) == {"cut", "weld"}
    assert plain["end"].to_list() == tracked["end"].to_list()

    def busy_s(log: pl.DataFrame) -> float:
        start, end = (log.drop_nulls("end")[name].str.to_datetime() for name in ("start", "end"))
        return float((end - start).dt.total_seconds().sum())

    assert busy_s(tracked) > busy_s(plain)


def test_thirty_plants_are_listed_and_those_of_the_repository_are_there() -> None:
    known = plants()
    assert len(known) == 30
    shared = [name for name, make in known.items() if str(SHARED) in str(getattr(make, "args", ""))]
    assert len(shared) == 4
    for name in known.keys() - set(shared):
        assert possible(Question(known[name](), known[name]().work_centers[0].id, 0.7, None)), name


def test_equal_seeds_give_equal_factories() -> None:
    for kind in KINDS:
        assert factory(kind, 5) == factory(kind, 5)
        assert factory(kind, 5) != factory(kind, 6)


@pytest.mark.slow
def test_a_plant_is_asked_and_scored(shop: Plant) -> None:
    small = Settings(log_days=30, days=14, warm_up_days=7, replications=3, draws=2, replications_of_draw=2)
    rows = study("shop", shop, small)
    assert {row["kpi"] for row in rows} == set(KPIS)
    lead = {row["change"]: row for row in rows if row["kpi"] == "lead_time"}
    assert float(lead["demand -20 %"]["true"]) < 0
    assert float(lead["demand -20 %"]["predicted"]) < 0
    assert float(lead["demand -20 %"]["low"]) < float(lead["demand -20 %"]["high"])
    assert lead["buffers doubled"]["reason"]
