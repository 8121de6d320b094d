"""A study file is read as it is written, or refused with the place and the rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from regional_econ._base.errors import StoreError, StudyError
from regional_econ.core.lever import Lever
from regional_econ.core.record import compare, read_record, record_path
from regional_econ.core.results import Result, ResultStore, Value
from regional_econ.core.study import load_study
from regional_econ.core.unit import Measure
from regional_econ.policy.model.levers import load_levers


@pytest.fixture
def text(root: Path) -> str:
    return (root / "analyses" / "study.toml").read_text(encoding="utf-8")


def test_the_shipped_study_says_what_its_file_says(root: Path) -> None:
    study = load_study(root / "analyses" / "study.toml")
    assert str(study) == "Study kuzbass: innovation_activity_pct in RU-KEM, 2006–2022."
    assert study.settings("quick") is study.quick
    assert study.settings("full") is study.full
    assert study.comparison_regions == ("RU-NVS", "RU-TOM", "RU-TA")
    assert (study.target_value, study.target_probability) == (12.5, 0.5)
    assert study.quick.backtest_origins == (2014, 2019)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "kuzbass"', 'name = "Kuz bass"', "'Kuz bass' is no name for a study ({}). Use a-z, 0-9, _ and -."),
        ("drivers = [", "drivres = [", "unknown key 'drivres'. Did you mean drivers? ({})"),
        (r"drivers = \[.*\]", "drivers = []", "drivers must be named, each once ({}). Mend the list."),
        (
            r"drivers = \[.*\]", 'drivers = ["wear_pct", "wear_pct"]',
            "drivers must be named, each once ({}). Mend the list.",
        ),
        (
            'outcome = "innovation_activity_pct"', 'outcome = "wear"',
            "indicators must name the outcome, and each once ({}). Mend the list.",
        ),
        (
            r'"patent_applications", "innovation', '"wear_pct", "innovation',
            "indicators must name the outcome, and each once ({}). Mend the list.",
        ),
        (
            "first_year = 2006", "first_year = 2022",
            "the years are out of order ({}). Order them as first_year < last_year <= forecast_end <= policy_end.",
        ),
        (
            "forecast_end = 2030", "forecast_end = 2036",
            "the years are out of order ({}). Order them as first_year < last_year <= forecast_end <= policy_end.",
        ),
        (
            "target_year = 2035", "target_year = 2036",
            "target_year lies outside the forecast ({}). Choose a later policy_end.",
        ),
        (
            "target_year = 2035", "target_year = 2022",
            "target_year lies outside the forecast ({}). Choose a later policy_end.",
        ),
        (
            "target_probability = 0.5", "target_probability = 1.0",
            "target_probability must lie between 0 and 1 ({}). Mend that line.",
        ),
        (
            "target_probability = 0.5", "target_probability = 0",
            "target_probability must lie between 0 and 1 ({}). Mend that line.",
        ),
        (
            "programme_last_year = 2031", "programme_last_year = 2026",
            "the programme's years are out of order ({}). "
            "Order them as last_year < programme_first_year <= programme_last_year <= target_year.",
        ),
        (
            "programme_first_year = 2027", "programme_first_year = 2022",
            "the programme's years are out of order ({}). "
            "Order them as last_year < programme_first_year <= programme_last_year <= target_year.",
        ),
        (
            "backtest_origins = [2014, 2019]", "backtest_origins = [2014, 2014]",
            "too few backtest_origins ({}, [quick]). "
            "A standard error over origins needs two different years at least.",
        ),
        ("seed = 20221231", "", "key 'seed' is missing ({}). See analyses/study.toml."),
        ("ess_min = 400\n", "", "key 'ess_min' is missing ({}, [quick]). See analyses/study.toml."),
        ("seed = 20221231", 'seed = "x"', "key 'seed' must be of type int, not 'x' ({}). Mend that line."),
        ("seed = 20221231", "seed = true", "key 'seed' must be of type int, not True ({}). Mend that line."),
        ("seed = 20221231", "seed = 2.5", "key 'seed' must be of type int, not 2.5 ({}). Mend that line."),
        (
            "target_value = 12.5", 'target_value = "12"',
            "key 'target_value' must be of type float, not '12' ({}). Mend that line.",
        ),
        (
            r"drivers = \[.*\]", 'drivers = "wear_pct"',
            "key 'drivers' must be a list ({}). Write it in square brackets.",
        ),
        (r"drivers = \[.*\]", "drivers = [1]", "key 'drivers' cannot hold 1 ({}). Mend that line."),
        (
            "backtest_origins = [2014, 2019]", "backtest_origins = [2014, true]",
            "key 'backtest_origins' cannot hold True ({}, [quick]). Mend that line.",
        ),
        (r"\[full\][\s\S]*", "quick = 5", "must be a table, not 5 ({}, [quick]). See analyses/study.toml."),
        ("seed = 20221231", "seed 20221231", "not valid TOML: "),
    ],
)  # fmt: skip
def test_a_wrong_study_is_refused(text: str, tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "study.toml"
    plain = old if "\\" in old else re.escape(old)
    changed, count = re.subn(plain, lambda _: new, text)
    assert count
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(path)
    if message.endswith(": "):
        assert str(caught.value).startswith(message)
        assert str(caught.value).endswith(f"({path}). Mend that line.")
    else:
        assert str(caught.value) == message.format(path)


def test_a_whole_number_serves_as_a_real_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(text.replace("target_value = 12.5", "target_value = 12"), encoding="utf-8")
    found = load_study(tmp_path / "study.toml").target_value
    assert (found, type(found)) == (12.0, float)


def test_a_missing_study_says_where_one_is(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path / "none.toml")
    wanted = f"cannot read: No such file or directory ({tmp_path / 'none.toml'}). See analyses/study.toml."
    assert str(caught.value) == wanted


def test_every_lever_survives_its_dictionary() -> None:
    for lever in load_levers():
        assert Lever.from_dict(lever.to_dict()) == lever
        document = lever.to_dict()
        assert document["params"] == list(lever.params)
        assert ("overlap" in document) == bool(lever.overlap)
        assert ("direct" in document) == (lever.direct is not None)
        assert (document["delivery_lag"] is None) == (lever.delivery_lag is None)


def test_a_lever_speaks_both_languages() -> None:
    lever = next(one for one in load_levers() if one.id == "L10")
    assert str(lever) == "L10: Subsidies to firms for R&D, grade B, acts on rd_grp_pct."
    assert (lever.name.ru, lever.name.en) == ("Субсидии фирмам на НИОКР", "Subsidies to firms for R&D")
    assert (lever.quote.ru, lever.quote.en) == ("субсидии на НИОКР", "subsidies for R&D")
    assert lever.note.ru.startswith("Субсидии фирмам")
    assert lever.note.en.startswith("Subsidies to firms")
    assert lever.raises.en == "Russian firms around the threshold of a subsidy competition"
    assert lever.cost_rule == "rd_money"
    assert lever.rows[0] == "S01"
    unmodelled = next(one for one in load_levers() if one.state_var is None)
    assert str(unmodelled).endswith("acts on nothing modelled.")
    assert unmodelled.cost_rule is None


def test_a_record_is_held_against_a_store_key_by_key(tmp_path: Path) -> None:
    assert record_path(tmp_path, "kuzbass", "quick") == tmp_path / "reports" / "record" / "kuzbass.quick.json"
    store = ResultStore(tmp_path / "results")
    store.write(
        Result("a", {"x": Value(1.0), "word": Value("yes"), "new": Value(2.0), "drawn": Value(0.5, mc_error=0.01)})
    )
    record = {
        "a": Result("a", {"x": Value(1.0 + 1e-7), "word": Value("yes"), "drawn": Value(0.56, mc_error=0.01)}),
        "b": Result("b", {"gone": Value(None)}),
    }
    found = compare(record, store)
    assert (found.agreeing, found.total) == (2, 5)
    assert found.differences == (
        "a.new: recorded nothing, now 2.0",
        "a.x: recorded 1.0000001, now 1.0",
        "b.gone: recorded None, now nothing",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no record ({}). Run: regional-econ verify --record."),
        ("{}", "damaged record ({}). Restore it from version control."),
        ('{"results": {"a": {}}}', "damaged record ({}). Restore it from version control."),
        ('{"results": {"a": 5}}', "damaged record ({}). Restore it from version control."),
    ],
)
def test_a_record_that_is_none_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        read_record(path)
    assert str(caught.value) == message.format(path)


def test_units_multiply_divide_and_add_where_they_fit() -> None:
    roubles, persons = Measure(1e6, (("rub", 1),)), Measure(1e3, (("persons", 1),))
    assert str(roubles.times(persons)) == "1000000000 persons·rub"
    assert str(roubles.over(persons).over(persons)) == "1 rub/persons^2"
    assert str(Measure(1.0).over(persons)) == "0.001 1/persons"
    assert roubles.over(roubles) == Measure(1.0)
    hundred = Measure.of_number(100)
    assert hundred.plus(Measure.of_number(1), -1) == Measure.of_number(99)
    assert hundred.plus(roubles) is None
    share = Measure(0.01)
    assert hundred.plus(share) == share == share.plus(hundred, -1)
    assert roubles.plus(roubles, -1) == roubles
    assert roubles.plus(persons) is None
    assert roubles.plus(Measure(1e3, (("rub", 1),))) is None
    assert hundred.negative() == Measure.of_number(-100)
    assert roubles.negative() is roubles
    assert hundred.over(Measure.of_number(0)).bare is None
    assert hundred.over(Measure.of_number(4)).bare == 25.0
    assert hundred.times(Measure.of_number(4)).bare == 400.0
    renamed = roubles.over(persons).renamed({"rub": {"rub_2022": 1, "price": 1}, "persons": {"price": 1}})
    assert renamed == Measure(1e3, (("rub_2022", 1),))
