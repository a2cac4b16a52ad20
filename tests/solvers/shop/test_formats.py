"""Files of shops: each form is read as its source means it, or refused with file, line and remedy."""

from __future__ import annotations

import gzip
import re
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from zhizao.quantities import InputError
from zhizao.solvers.shop import Problem, faults, value
from zhizao.solvers.shop.formats import FORMS, holds_shop, read_shop
from zhizao.solvers.shop.solve import solve

ONE = """jobs, machines
 2 2
Times
 3 2
 2 4
Machines
 1 2
 2 1
"""
FLOW = """number of jobs, number of machines, initial seed, upper bound and lower bound :
          4           3   12345        2        900
processing times :
 2 5 1 4
 3 1 6 2
 4 4 2 3
"""
JOBS = """Nb of jobs, Nb of Machines, Time seed, Machine seed, Upper bound, Lower bound
  2  3  1  2  1  999
Times
 3 4 2
 5 1 6
Machines
 2 1 3
 1 3 2
"""
PAIRS = " 2 2\n 1 3 0 6\n 0 2 1 4\n"
OTHER = " 2 3\n 0 1 1 1 2 1\n 2 7 1 1 0 1\n"
LIBRARY = f""" This file holds 2 instances, of 1988.

 +++++++++
 instance first
 +++++++++
 Somebody 2x2 instance (table 1)
{PAIRS} +++++++++
 instance second
 +++++++++
 Somebody else, 2x3
{OTHER} +++ EOF +++
"""
FLEXIBLE = """2 3
2 1 1 4 2 1 3 2 5
2 2 2 2 3 6 1 1 1
"""


def written(folder: Path, text: str, name: str = "shop.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def solved(problem: Problem) -> int:
    """Best value, which the independent checker recomputes."""
    found = solve(problem, seconds=5.0, seed=1, work=20_000)
    assert faults(problem, found.schedule) == ()
    assert value(problem, found.schedule) == found.value
    return found.value


def routes_of(problem: Problem) -> list[list[tuple[int, int]]]:
    """Pairs (unit, time) of each job of a shop without choice."""
    pairs = list(zip(problem.mode_unit.tolist(), problem.mode_time.tolist(), strict=True))
    return [[pairs[k] for k in np.flatnonzero(problem.job == job)] for job in range(problem.jobs)]


def from_zero(text: str) -> str:
    """A flexible shop with its machines counted from 0, written out again number by number."""
    head, *rows = text.splitlines()
    return "\n".join([head, *(" ".join(map(str, _lowered(row))) for row in rows)])


def _lowered(row: str) -> list[int]:
    numbers = [int(word) for word in row.split()]
    at = 1
    for _ in range(numbers[0]):
        pairs = numbers[at]
        for k in range(at + 1, at + 1 + 2 * pairs, 2):
            numbers[k] -= 1
        at += 1 + 2 * pairs
    return numbers


# ---------------------------------------------------------------- several instances in a file
def test_a_file_of_several_shops_is_refused_with_their_number(tmp_path: Path) -> None:
    assert read_shop(written(tmp_path, ONE)).operations == 4
    with pytest.raises(InputError, match=r"shop.txt:11: found 3 shops in the file"):
        read_shop(written(tmp_path, ONE * 3))


def test_rows_after_the_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"shop.txt:9: found '1 2'; the file should have ended"):
        read_shop(written(tmp_path, ONE + " 1 2\n"), form="jsp")


@pytest.mark.parametrize(("text", "form"), [(FLOW, "pfsp"), (JOBS, "jsp"), (ONE, "jsp")])
def test_each_of_several_taillard_shops_is_that_shop_alone(tmp_path: Path, text: str, form: str) -> None:
    longer = re.sub(r"(?m)^ (\d) (?=\d .*\d$)", r" 7\1 ", text, count=1) if text != ONE else text
    path = written(tmp_path, text + longer + text, "ten.txt")
    for number, alone in enumerate((text, longer, text), 1):
        one = read_shop(path, instance=number)
        assert one.name == f"ten-{number}"
        assert routes_of(one) == routes_of(read_shop(written(tmp_path, alone, "one.txt")))
        assert one.same_order is (form == "pfsp")
        assert routes_of(read_shop(path, instance=f"ten-{number}")) == routes_of(one)
    with pytest.raises(InputError, match=r"choose one with --instance NAME .*: ten-1, ten-2, ten-3"):
        read_shop(path)
    with pytest.raises(InputError, match=r"has no instance '4'; there are 3"):
        read_shop(path, instance=4)


def test_an_instance_of_the_or_library_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, LIBRARY, "jobshop1.txt")
    first, second = read_shop(path, instance="first"), read_shop(path, instance="second")
    assert (first.name, routes_of(first)) == ("first", [[(1, 3), (0, 6)], [(0, 2), (1, 4)]])
    assert (second.name, routes_of(second)) == (
        "second",
        [[(0, 1), (1, 1), (2, 1)], [(2, 7), (1, 1), (0, 1)]],
    )
    assert solved(first) == 9
    assert read_shop(path, instance="2").name == "second"
    with pytest.raises(InputError, match=r"jobshop1.txt:11: found 2 shops in the file; .*: first, second$"):
        read_shop(path)
    with pytest.raises(InputError, match=r"has no instance 'secnd'.*first, second; did you mean 'second'"):
        read_shop(path, instance="secnd")


def test_an_instance_of_a_name_that_occurs_twice_is_chosen_by_number(tmp_path: Path) -> None:
    path = written(tmp_path, f"instance a\n{PAIRS}instance a\n{OTHER}")
    with pytest.raises(InputError, match=r"shop.txt:5: found 'a' in lines 1 and 5; choose one by its number"):
        read_shop(path, instance="a")
    assert read_shop(path, instance=2).units == 3


def test_numbers_before_the_first_named_instance_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"shop.txt:1: found '2 2' before 'instance b'"):
        read_shop(written(tmp_path, f"{PAIRS}instance b\n{OTHER}"))


def test_an_instance_of_a_file_of_one_may_be_named_rightly_only(tmp_path: Path) -> None:
    path = written(tmp_path, PAIRS)
    assert read_shop(path, instance=1).jobs == 2
    with pytest.raises(InputError, match="has no instance 'b'; there are 1"):
        read_shop(path, instance="b")


@pytest.mark.parametrize(
    "titles",
    [
        "one of Somebody's shops\n",
        "2 by 2, of 1988\n 10x10? no\n",
        "abz0\n=====\n",
        "instance: x\n",
        "M T 06, 2 x 2\n",
    ],
)
def test_words_above_a_shop_are_titles(tmp_path: Path, titles: str) -> None:
    assert routes_of(read_shop(written(tmp_path, titles + PAIRS))) == [[(1, 3), (0, 6)], [(0, 2), (1, 4)]]


def test_words_above_a_flexible_shop_are_titles(tmp_path: Path) -> None:
    assert read_shop(written(tmp_path, "of a tool shop\n" + FLEXIBLE, "a.fjs")).units == 3


# ---------------------------------------------------------------- Taillard's tables
def test_a_flow_shop_of_taillard_has_a_line_a_machine(tmp_path: Path) -> None:
    shop = read_shop(written(tmp_path, FLOW))
    times = np.array([[2, 5, 1, 4], [3, 1, 6, 2], [4, 4, 2, 3]])
    assert (shop.jobs, shop.units, shop.same_order) == (4, 3, True)
    assert routes_of(shop) == [[(m, int(times[m, j])) for m in range(3)] for j in range(4)]
    assert solved(shop) == min(_permutation_makespan(times[:, list(p)]) for p in permutations(range(4)))


def _permutation_makespan(times: np.ndarray) -> int:
    end = [0] * len(times)
    for job in times.T.tolist():
        for machine, time in enumerate(job):
            end[machine] = max(end[machine], end[machine - 1] if machine else 0) + time
    return end[-1]


def test_bounds_in_a_file_are_not_believed(tmp_path: Path) -> None:
    """Both files say bounds that no schedule has."""
    for text in (FLOW, JOBS):
        shop = read_shop(written(tmp_path, text))
        assert shop.best_known is None
        assert solve(shop, seconds=5.0, work=1000).bound not in (2, 1, 900, 999)
    assert read_shop(written(tmp_path, FLOW.replace("2        900", "Nan   Nan"))).jobs == 4


def test_a_job_shop_of_taillard_counts_machines_from_one(tmp_path: Path) -> None:
    shop = read_shop(written(tmp_path, JOBS))
    assert routes_of(shop) == [[(1, 3), (0, 4), (2, 2)], [(0, 5), (2, 1), (1, 6)]]
    assert not shop.same_order
    assert solved(shop) == 12  # a job alone takes 12, and the other fits in


OPEN = JOBS.replace("Times", "processing times :").replace("Machines\n", "machines :\n", 2)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (OPEN, "tai4_4.txt"),
        ("Open shop of 1993\n" + JOBS, "a.txt"),
        (JOBS, "openshop.txt"),
        ("an open-shop\n" + PAIRS, "a.txt"),
    ],
)
def test_an_open_shop_is_refused_by_name(tmp_path: Path, text: str, name: str) -> None:
    path = written(tmp_path, text, name)
    with pytest.raises(InputError, match=rf"{name}:\d+: found an open shop; .* give --form jsp"):
        read_shop(path)
    assert read_shop(path, form="jsp").jobs == 2


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (FLOW.rsplit("\n", 2)[0], r"shop.txt:5: the file ends after 2 lines of times, one line a machine"),
        (FLOW.replace(" 3 1 6 2", " 3 1 6"), r"shop.txt:5: found 3 times; a line of a machine has .* 4 jobs"),
        (FLOW + " 1 1 1 1\n", r"shop.txt:7: found '1 1 1 1'; the file should have ended"),
        (FLOW.replace(" 3 1 6 2", " 3 x 6 2"), r"shop.txt:5: found 'x'; only whole numbers"),
        (FLOW.replace(" 3 1 6 2", " 3 1.5 6 2"), r"shop.txt:5: found '1.5'; times are whole numbers"),
        (re.sub(r"\n +4 .*\n", "\n", FLOW), r"shop.txt:1: .*no shop in it|shop.txt:2: .*numbers of jobs and"),
        (JOBS.split("Machines\n")[0], r"shop.txt:2: one of the words Times and Machines is missing"),
        (JOBS.replace("Times\n 3 4 2\n 5 1 6\n", ""), r"shop.txt:2: one of the words Times and Machines"),
        (JOBS.rsplit("\n", 2)[0], r"shop.txt:7: the file ends after 1 lines of machines; there should be 2"),
        (JOBS.replace(" 2 1 3", " 2 1 4"), r"shop.txt:7: found 3 machines up to 4"),
        ("", r"shop.txt: there is no shop in it"),
        ("only words\nand more\n", r"shop.txt:1: there is no shop in it"),
        (f"instance a\n+++++\ninstance b\n{PAIRS}", r"shop.txt:1: there is no shop in it"),
    ],
)
def test_bad_files_are_refused_with_their_line(tmp_path: Path, text: str, right: str) -> None:
    several = text.startswith("instance")
    with pytest.raises(InputError, match=right):
        read_shop(written(tmp_path, text), instance="a" if several else None)


# ---------------------------------------------------------------- where machines are counted from
@pytest.mark.parametrize("name", ["a.fjs", "a.txt"])
def test_a_flexible_shop_counted_from_zero_is_the_same_shop(tmp_path: Path, name: str) -> None:
    one = read_shop(written(tmp_path, FLEXIBLE, name))
    zero = read_shop(written(tmp_path, from_zero(FLEXIBLE), name))
    assert from_zero(FLEXIBLE).splitlines()[1] == "2 1 0 4 2 0 3 1 5"
    assert zero.mode_unit.tolist() == one.mode_unit.tolist() == [0, 0, 1, 1, 2, 0]
    assert zero.mode_time.tolist() == one.mode_time.tolist()
    assert solved(zero) == solved(one) == 8  # machine 1 has 4 + 3 + 1; the other choice ends at 4 + 5


def test_machines_are_counted_from_one_where_nothing_tells(tmp_path: Path) -> None:
    text = "1 4\n2 1 1 4 2 2 3 3 5\n"  # neither 0 nor 4
    assert read_shop(written(tmp_path, text, "a.fjs")).mode_unit.tolist() == [0, 1, 2]


def test_machines_counted_in_both_ways_are_refused(tmp_path: Path) -> None:
    text = "2 3\n1 1 0 4\n1 1 3 4\n"
    right = (
        r"a.fjs:3: found machine 3, and machine 0 in line 2; 3 of them are counted from 0 to 2 or from 1 to 3"
    )
    with pytest.raises(InputError, match=right):
        read_shop(written(tmp_path, text, "a.fjs"))
    with pytest.raises(InputError, match=r"a.fjs:2: found machine 4; the highest number of one is 3"):
        read_shop(written(tmp_path, "1 3\n1 1 4 4\n", "a.fjs"))


def test_workers_and_vehicles_leave_the_count_of_machines_free(tmp_path: Path) -> None:
    one = read_shop(written(tmp_path, "1 2 2\n1 2 1 1 1 5 2 2 1 4 2 3\n", "a.fjsw"))
    zero = read_shop(written(tmp_path, "1 2 2\n1 2 0 1 0 5 1 2 0 4 1 3\n", "a.fjsw"))
    assert one.mode_worker is not None
    assert zero.mode_worker is not None
    assert one.mode_unit.tolist() == zero.mode_unit.tolist() == [0, 1, 1]
    assert one.mode_worker.tolist() == zero.mode_worker.tolist() == [0, 0, 1]
    travel = "0 1 2\n1 0 1\n2 1 0\n"
    carried = read_shop(written(tmp_path, f"1 2\n1 2 0 3 1 4\n{travel}", "a.dat"))
    assert carried.mode_unit.tolist() == [0, 1]


def test_a_job_shop_counted_from_one_needs_each_machine_once_a_job(tmp_path: Path) -> None:
    text = " 2 3\n 2 3 1 6 3 1\n 1 2 3 4 2 2\n"
    assert routes_of(read_shop(written(tmp_path, text))) == [
        [(1, 3), (0, 6), (2, 1)],
        [(0, 2), (2, 4), (1, 2)],
    ]
    with pytest.raises(InputError, match=r"shop.txt:2: found machine 3; machines are 0 to 2"):
        read_shop(written(tmp_path, text.replace(" 1 2 3 4 2 2", " 1 2 2 4")), form="jsp")


def test_jobs_may_end_with_a_mark(tmp_path: Path) -> None:
    text = " 2 2\n 1 3 0 6 1 1 -1 -1\n 0 2 -1 -1\n"
    assert routes_of(read_shop(written(tmp_path, text))) == [[(1, 3), (0, 6), (1, 1)], [(0, 2)]]
    with pytest.raises(InputError, match=r"shop.txt:3: found a job without operations"):
        read_shop(written(tmp_path, text.replace(" 0 2 -1", " -1")), form="jsp")


def test_a_shop_of_two_forms_is_refused(tmp_path: Path) -> None:
    """A row of one operation on either of two machines, or of three operations."""
    path = written(tmp_path, "1 3\n1 2 0 3 2 5\n")
    with pytest.raises(
        InputError, match=r"shop.txt:1: the shop may be read as fjsp or as jsp; .*--form NAME"
    ):
        read_shop(path)
    assert read_shop(path, form="jsp").operations == 3
    assert read_shop(path, form="fjsp").operations == 1


def test_a_form_is_named_rightly(tmp_path: Path) -> None:
    path = written(tmp_path, PAIRS)
    with pytest.raises(InputError, match=r"'pfps' is no form of a shop; .*did you mean 'pfsp'"):
        read_shop(path, form="pfps")
    with pytest.raises(
        InputError, match=r"none of the known forms; say which with --form NAME .*: jsp, pfsp"
    ):
        read_shop(written(tmp_path, "2 2\n1 2 3\n"))
    assert set(FORMS) >= {"jsp", "pfsp", "fjsp", "jobshoplab"}


# ---------------------------------------------------------------- YAML of JobShopLab
VEHICLES = """\
title: a small shop
# two jobs, each on both machines
instance_config:
  description: "small # not a comment"
  instance:
    description: "2x2"
    specification: |
      (m0,t)|(m1,t)
      j0|(1,5) (0,2)

      j1|(0,3) (1,4)
    transport:
      type: "agv"
      amount: 1
  logistics:
    specification: |
      out-buf|m-1|in-buf|m-0
      m-0|4 3 2 0
      m-1|1 0 6 3
      in-buf|9 5 0 2
      out-buf|0 1 9 4
"""


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.txt", "a.yaml.gz"])
def test_a_shop_of_jobshoplab_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = VEHICLES.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert holds_shop(path)
    shop = read_shop(path)
    assert routes_of(shop) == [[(1, 5), (0, 2)], [(0, 3), (1, 4)]]
    transport = shop.transport
    assert transport is not None
    # places: m-0, m-1, then as listed: out-buf, in-buf
    assert transport.time.tolist() == [[0, 3, 4, 2], [3, 0, 1, 6], [4, 1, 0, 9], [2, 5, 9, 0]]
    assert (transport.vehicles, transport.home, transport.goal) == (1, 3, 2)


def test_transport_of_jobshoplab_counts_in_the_schedule(tmp_path: Path) -> None:
    """One job: 5 to m-1, 5 there, 3 to m-0, 2 there, 4 to the out-buffer."""
    alone = VEHICLES.replace("      j1|(0,3) (1,4)\n", "")
    assert solved(read_shop(written(tmp_path, alone, "a.yaml"))) == 5 + 5 + 3 + 2 + 4
    bare = alone.split("    transport:")[0]
    shop = read_shop(written(tmp_path, bare, "a.yaml"))
    assert shop.transport is None
    assert solved(shop) == 7


def test_more_vehicles_are_not_slower(tmp_path: Path) -> None:
    one = solved(read_shop(written(tmp_path, VEHICLES, "a.yaml")))
    two = solved(read_shop(written(tmp_path, VEHICLES.replace("amount: 1", "amount: 2"), "a.yaml")))
    assert two < one


def test_a_plant_is_no_shop(tmp_path: Path) -> None:
    assert not holds_shop(written(tmp_path, "zhizao: 1\nplant: a\n", "a.yaml"))
    assert not holds_shop(written(tmp_path, "zhizao: 1\ninstance_config: {}\n", "a.yaml"))
    assert not holds_shop(tmp_path / "missing.yaml")
    assert holds_shop(written(tmp_path, '{"instance_config": {}}', "a.yaml"))


START = "init_state:\n  t-0:\n    location: "


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        (
            "  logistics:",
            "  outages: []\n  logistics:",
            r"a.yaml:15: found 'outages'; .*nothing else is honoured",
        ),
        ("  logistics:", "  setup_times: []\n  logistics:", r"a.yaml:15: found 'setup_times'"),
        ("    transport:", "    tool_usage: []\n    transport:", r"a.yaml:12: found 'tool_usage'"),
        (
            "    transport:",
            "    time_behavior: {type: poisson}\n    transport:",
            r":12: found times that vary",
        ),
        ("  logistics:\n", "  logistics:\n    time_behavior: uni\n", r"a.yaml:16: found times that vary"),
        ('"agv"', "conveyor", r"a.yaml:13: found transport of type 'conveyor'; right is agv"),
        ("amount: 1", "amount: 0", r"a.yaml:14: found '0' vehicles; right is a whole number"),
        ("amount: 1", "amonut: 1", r"a.yaml:14: found 'amonut'; .*did you mean 'amount'"),
        ("      amount: 1\n", "", r"a.yaml:13: found transport without number of vehicles"),
        ("  logistics:\n", "  logistics:\n    amount: 3\n", r"a.yaml:16: found 3 and 1 vehicles"),
        ("(1,5)", "(1,5.5)", r"a.yaml:9: found 'j0\|\(1,5.5\) \(0,2\)'; .*whole numbers"),
        ("(1,5)", "(2,5)", r"a.yaml:9: found machine 2; line 8 has 2 machines"),
        ("j1|", "j0|", r"a.yaml:11: found job 'j0' as in line 9"),
        ("m-1|1 0 6 3", "m-1|1 0 6", r"a.yaml:19: found 3 travel times; there should be 4"),
        ("      m-1|1 0 6 3\n", "", r"a.yaml:20: found 3 rows of travel times"),
        ("in-buf|m-0\n", "m-2|m-0\n", r"a.yaml:17: found no travel times of in-buf"),
        ("m-1|1", "m-9|1", r"a.yaml:19: found 'm-9'; a row begins with one of"),
        ("  instance:", "\tinstance:", r"a.yaml:5: is no YAML"),
        (
            "title: a small shop",
            START + "m-1",
            r"a.yaml:3: found t-0 at m-1; here all vehicles start at in-buf",
        ),
        ("  description", "  instance: {}\n  description", r"a.yaml:6: found 'instance' twice"),
    ],
)
def test_what_a_shop_of_jobshoplab_may_not_have_is_refused(
    tmp_path: Path, old: str, new: str, right: str
) -> None:
    assert old in VEHICLES
    with pytest.raises(InputError, match=right):
        read_shop(written(tmp_path, VEHICLES.replace(old, new, 1), "a.yaml"))


def test_a_truncated_shop_of_jobshoplab_is_refused(tmp_path: Path) -> None:
    lines = VEHICLES.splitlines(keepends=True)
    for end in range(len(lines)):
        if end in (9, 10, 11):  # a whole job shop without transport
            continue
        with pytest.raises(InputError, match=r"a.yaml"):
            read_shop(written(tmp_path, "".join(lines[:end]), "a.yaml"))


def test_vehicles_may_say_that_they_start_at_the_in_buffer(tmp_path: Path) -> None:
    assert read_shop(written(tmp_path, VEHICLES + START + "in-buf\n", "a.yaml")).transport is not None


def test_an_instance_of_jobshoplab_is_its_only_one(tmp_path: Path) -> None:
    path = written(tmp_path, VEHICLES, "a.yaml")
    assert read_shop(path, instance="1").jobs == 2
    with pytest.raises(InputError, match=r"a.yaml: holds one shop: leave out instance '2'"):
        read_shop(path, instance=2)


# ---------------------------------------------------------------- FILE#INSTANCE
def test_an_instance_may_be_chosen_in_the_name_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, LIBRARY, "jobshop1.txt")
    for choice in ("2", "second"):
        assert read_shop(f"{path}#{choice}").name == "second"
    with pytest.raises(InputError, match=r"has no instance '3'; there are 2"):
        read_shop(f"{path}#3")
    with pytest.raises(InputError, match=r"leave out instance '1' beside it"):
        read_shop(f"{path}#2", instance=1)
    with pytest.raises(InputError, match=r"right is FILE#NAME or FILE#3"):
        read_shop(f"{path}#")


def test_a_file_whose_name_has_a_mark_is_that_file(tmp_path: Path) -> None:
    assert read_shop(written(tmp_path, PAIRS, "job#2")).jobs == 2
    assert holds_shop(f"{written(tmp_path, VEHICLES, 'a.yaml')}#1")
    assert not holds_shop(f"{written(tmp_path, 'zhizao: 1', 'b.yaml')}#1")


# ---------------------------------------------------------------- forms of OR-tools
LINES = "2\n3\n4711\n0\n99\n3 1 2\n1\n98\n2 4 1\n"
SSD = " 2 2\n 0 3 1 1\n 0 2 1 4\nSSD\nM0\n 0 5\n 1 0\nM1\n 0 2\n 0 0\n"
WEIGHTED = "2 2 5\n0 4 1.5 2 1 3 2 2\n1 9 2 1 2 4\n"


def test_a_flow_shop_with_a_line_for_each_count_is_read(tmp_path: Path) -> None:
    shop = read_shop(written(tmp_path, LINES))
    assert routes_of(shop) == [[(0, 3), (1, 1), (2, 2)], [(0, 2), (1, 4), (2, 1)]]
    assert shop.same_order


def test_set_ups_under_ssd_are_read_by_machine_from_job_to_job(tmp_path: Path) -> None:
    shop = read_shop(written(tmp_path, SSD))
    assert routes_of(shop) == [[(0, 3), (1, 1)], [(0, 2), (1, 4)]]
    assert shop.same_order
    assert shop.setups is not None
    assert shop.setups.time.tolist() == [[[0, 5], [1, 0]], [[0, 2], [0, 0]]]
    assert solved(shop) == 7  # job 1 first: 2, a set-up of 1, 3 and 1 while unit 1 works from 2 to 6


def test_weighted_tardiness_with_release_is_read_and_weights_become_whole(tmp_path: Path) -> None:
    shop = read_shop(written(tmp_path, WEIGHTED))
    assert routes_of(shop) == [[(0, 3), (1, 2)], [(1, 4)]]
    assert (shop.release.tolist(), shop.due.tolist(), shop.weight.tolist()) == ([0, 1], [4, 9], [15, 20])
    assert solved(shop) == 15  # job 0 ends at 5, one late; job 1 follows and ends at 9


@pytest.mark.parametrize(
    ("text", "form", "right"),
    [
        (LINES + "1\n", "lines", r"shop.txt:10: found '1'; the file should have ended"),
        (LINES.replace("\n1\n98", "\n2\n98"), "lines", r"shop.txt:7: found job '2' with 3 times"),
        (LINES.replace("2 4 1", "2 4"), "lines", r"shop.txt:7: found job '1' with 2 times"),
        (LINES.replace("4711", "47 11"), "lines", r"shop.txt:3: found 2 numbers; one stands here"),
        (SSD + "1 1\n", "sdst-jsp", r"shop.txt:11: found '1 1'; the file should have ended"),
        (SSD.replace("M1", "M2"), "sdst-jsp", r"shop.txt:8: found 'M2'; here stands M1"),
        (SSD.replace(" 0 2\n 0 0", " 0 2 1\n 0 0"), "sdst-jsp", r"shop.txt:9: found 3 set-up times"),
        (SSD.rsplit("\n", 2)[0], "sdst-jsp", r"shop.txt:9: the file ends after 2 lines of set-up times"),
        (PAIRS, "sdst-jsp", r"shop.txt: found no line SSD"),
        (WEIGHTED + "1\n", "tt-jsp", r"shop.txt:4: found '1'; the file should have ended"),
        (WEIGHTED.replace("1.5", "-1"), "tt-jsp", r"shop.txt:2: .* a weight stands third, 0 or more"),
        (WEIGHTED.replace("1.5", "x"), "tt-jsp", r"shop.txt:2: .* a weight stands third"),
        (WEIGHTED.replace("2 1 2 4", "2 1 3 4"), "tt-jsp", r"shop.txt:3: found machines 3 to 3"),
        (WEIGHTED.replace("2 1 2 4", "2 2 2 4"), "tt-jsp", r"shop.txt:3: found 6 numbers; a job is a row of"),
    ],
)
def test_bad_files_of_or_tools_are_refused_with_their_line(
    tmp_path: Path, text: str, form: str, right: str
) -> None:
    with pytest.raises(InputError, match=right):
        read_shop(written(tmp_path, text), form=form)
