"""Small files that were once read or solved wrongly, and a real file of each form; they are shared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zhizao.quantities import InputError
from zhizao.solvers.shop import Problem, faults
from zhizao.solvers.shop.formats import FORMS, holds_shop, read_shop
from zhizao.solvers.shop.solve import compile_for, solve

SHARED = Path(os.environ.get("ZHIZAO_SHARED", Path(__file__).resolve().parents[4] / "shared"))
REAL = {
    "jsp": ("jsp_scheduleopt/text/YamadaNakano1992/yn3.txt", (20, 400, 20)),
    "pfsp": ("pfsp_scheduleopt/Reeves1995/reC39.txt", (75, 1500, 20)),
    "fjsp": ("fjsp_scheduleopt/fjsp/Brandimarte1993/mk01.txt", (10, 55, 6)),
    "fajsp": ("fjsp_scheduleopt/fajsp/BFFMOR2014/YFJS01.txt", (4, 40, 7)),
    "fjsw": ("fjsp_workers_optalcp/BrandimarteMk1.fjsw", (10, 55, 6)),
    "fjspt": ("fjspt_agv/SFJS/SFJS3.dat", (3, 6, 2)),
    "jobshoplab": ("jspt_jobshoplab/la03.yaml", (10, 50, 5)),
    "hfsp": ("naderi_HFSP/inst/132.txt", None),
    "nw-pfsp": ("naderi_NW-PFSP/inst/132.txt", None),
    "sdst-pfsp": ("naderi_SDST-PFSP/inst/132.txt", None),
    "tt-pfsp": ("naderi_TT-PFSP/inst/132.txt", None),
}


def shared(path: str) -> Path:
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"needs {found}, which is not part of the repository")
    return found


def best(problem: Problem) -> int:
    compile_for(problem)
    found = solve(problem, seconds=1.0, seed=1, workers=1)
    assert faults(problem, found.schedule) == ()
    assert found.bound <= found.value
    assert found.seconds < 1.5  # 1 s; the machine may be busy with other things for a moment
    return found.value


@pytest.mark.parametrize(
    ("path", "instance", "right"),
    [
        ("08-file-of-several-taillard-shops/shop.txt", 1, 7),
        ("08-file-of-several-taillard-shops/shop.txt", 2, 250),
        ("09-seconds-ignored-in-small-flow-shops/f2.txt", None, 250),
        ("09-seconds-ignored-in-small-flow-shops/nw-pfsp/n.txt", None, 26),
        ("12-jobshoplab-yaml-unreadable/shop.yaml", None, 14),
        ("17-shop-forms-not-read/from-zero.fjs", None, 9),
        ("17-shop-forms-not-read/taillard-flow.txt", None, 13),
        ("17-shop-forms-not-read/orlib.txt", None, 8),
    ],
)
def test_a_case_has_the_right_value_in_time(path: str, instance: int | None, right: int) -> None:
    assert best(read_shop(shared(f"cases/{path}"), instance=instance)) == right


def test_a_file_of_several_shops_names_them() -> None:
    path = shared("cases/08-file-of-several-taillard-shops/shop.txt")
    with pytest.raises(InputError, match=r"found 2 shops in the file; .*: shop-1, shop-2"):
        read_shop(path)


@pytest.mark.parametrize("form", REAL)
def test_a_real_file_of_each_form_is_read_and_must_end(form: str, tmp_path: Path) -> None:
    name, size = REAL[form]
    path = shared(f"data/scheduling/{name}")
    assert holds_shop(path)
    for given in (None, form):
        problem = read_shop(path, form=given)
        assert size is None or (problem.jobs, problem.operations, problem.units) == size
    if form == "jobshoplab":
        return  # YAML: what is left over is no key that is honoured, or no YAML
    longer = tmp_path / path.name
    longer.write_text(path.read_text(encoding="utf-8").rstrip() + "\n 1 2 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r":\d+: found"):
        read_shop(longer, form=form)


def test_every_form_is_tried_on_a_real_file_but_those_of_the_plain_table_and_of_or_tools() -> None:
    assert set(FORMS) - set(REAL) == {"table", "lines", "sdst-jsp", "tt-jsp"}
