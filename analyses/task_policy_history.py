"""Would the policy model have been right since 2012, and do its drivers help a forecast?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
STARTS, END = (2012, 2014, 2016), 2022
RESAMPLES = 4


def task_policy_history(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.causal.declaration",
        "regional_econ.causal.origins",
        "regional_econ.policy.record.history_page",
    ),
    data: list[Path] = WORK.data("biases.yml", "literature.csv", "policy.yml", "rules.yml"),
    specifications: Path = WORK.root / "analyses" / "multiverse.yml",
    scores: Path = WORK.artifact("backtest_scores.parquet"),
    results: Annotated[Path, Product] = WORK.index_path("policy_history"),
    section: Annotated[Path, Product] = WORK.section_path("policy_history"),
) -> None:
    """Estimate the designs at each origin, replay the model and score conditional forecasts."""
    import pandas as pd

    from regional_econ._base.files import sha256_file
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.causal.origins import designs_known_at
    from regional_econ.data.load import load_panel
    from regional_econ.elasticities.declared import load_assumptions
    from regional_econ.policy.model.priors import load_priors
    from regional_econ.policy.record import history_numbers, history_page
    from regional_econ.policy.record.track_record import origins_of, track_record

    study, panel, declared = WORK.study, load_panel(), load_multiverse(specifications)
    kept = pd.read_parquet(scores, filters=[("model", "==", "state_space")])
    origins, reps = sorted({*STARTS, *origins_of(kept, study.outcome)}), WORK.settings.bootstrap_replications
    designs = []
    for seed in range(study.seed, study.seed + 1 + RESAMPLES):
        found = {origin: designs_known_at(panel, declared, origin, reps=reps, seed=seed) for origin in origins}
        designs.append({origin: (one.estimates, one.covariance) for origin, one in found.items()})
    record = track_record(
        panel, kept, designs, load_assumptions(), load_priors(), drivers=tuple(study.drivers), outcome_id=study.outcome,
        focal=study.focal_region, starts=STARTS, end=END, seed=study.seed,
    )  # fmt: skip
    hashes = {"panel": panel.checksum, specifications.name: declared.sha256} | {
        path.name: sha256_file(path) for path in (scores, *data)
    }
    WORK.write_results("policy_history", history_numbers.results(record, inputs=hashes), code)
    WORK.write_section(history_page.section(record))


if __name__ == "__main__":
    run_alone(task_policy_history)
