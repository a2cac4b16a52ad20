"""What `molecule` gives back: numbering, metrics with flags, motifs, assumed losses; as JSON and a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import polars as pl

from zhizao.quantities import Input
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.molecule.domain import CDRS, Domain
from zhizao.studies.molecule.fold import Fold
from zhizao.studies.molecule.risk import Loss, together
from zhizao.studies.molecule.sequence import Liability
from zhizao.studies.molecule.surface import CLINICAL, LIMITS, Flag

NONE_FLAGGED = "No metric is flagged: all are estimated inside the range of clinical antibodies."
METHOD = (
    "Numbers by IMGT (ANARCII); fold by FlashABB; surface metrics are estimates of FlashTAP, not computed "
    "from the surface."
)
ASSUMED = (
    "Losses of the recipe are assumed: no publication gives them, and their ranges are wide for that reason."
)
DEGRADES = "Motifs are possible sites; whether a site degrades is not shown by the sequence."


@dataclass(frozen=True, slots=True, eq=False)
class Molecule:
    """An antibody: two numbered domains and what was found of them.

    `charge` is that of one heavy and one light chain as given, in elementary charges, `hold_charge` likewise
    at the pH of virus inactivation; `hydropathy` the mean of the variable domains; `metrics` are by name, and
    `probabilities` those of a flag.
    """

    name: str
    heavy: Domain
    light: Domain
    charge: float
    hold_charge: float
    isoelectric_point: float
    hydropathy: float
    liabilities: tuple[Liability, ...]
    fold: Fold
    metrics: dict[str, float]
    probabilities: dict[str, float]
    losses: tuple[Loss, ...]

    @property
    def domains(self) -> tuple[Domain, Domain]:
        """Heavy, light."""
        return self.heavy, self.light

    @property
    def flags(self) -> dict[str, Flag]:
        """Where each metric stands."""
        return {name: LIMITS[name].flag(value) for name, value in self.metrics.items()}

    @property
    def flagged(self) -> tuple[str, ...]:
        """Metrics outside the green range, with their flags."""
        return tuple(f"{name} {flag.value}" for name, flag in self.flags.items() if flag is not Flag.GREEN)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MoleculeResult(Result):
    """Antibodies, to be shown: table, JSON, page."""

    study: ClassVar[str] = "molecule"

    name: str
    molecules: tuple[Molecule, ...]
    ph: float
    hold_ph: float
    sources: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool = False

    @property
    def title(self) -> str:
        """Name of the file."""
        return self.name

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The FASTA file."""
        return self.sources

    @property
    def answer(self) -> str:
        """Which metrics are flagged."""
        flagged = [f"{one.name} ({', '.join(one.flagged)})" for one in self.molecules if one.flagged]
        if not flagged:
            return NONE_FLAGGED
        return f"Flagged: {', '.join(flagged)}."

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers."""
        doubtful = [one.name for one in self.molecules if not one.fold.sound]
        said = [self.answer, METHOD, ASSUMED, DEGRADES]
        if doubtful:
            said.insert(1, f"The fold is doubtful, and its metrics with it: {', '.join(doubtful)}.")
        return tuple(said)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(METHOD, self.answer)

    def table(self) -> pl.DataFrame:
        """One row per molecule and metric: value, green range, red limits, flag, probability of a flag."""
        rows = [
            (one.name, name, value, LIMITS[name].range, one.flags[name].value, one.probabilities.get(name))
            for one in self.molecules
            for name, value in one.metrics.items()
        ]
        heads = {
            "molecule": pl.String,
            "metric": pl.String,
            "value": pl.Float64,
            "clinical_range": pl.String,
            "flag": pl.String,
            "flag_probability": pl.Float64,
        }
        return pl.DataFrame(rows, schema=heads, orient="row")

    def domains_table(self) -> pl.DataFrame:
        """One row per domain: chain, residues, CDRs."""
        rows = [
            (one.name, domain.chain, len(domain.sequence), *(domain.cdr(name) for name in CDRS))
            for one in self.molecules
            for domain in one.domains
        ]
        return pl.DataFrame(rows, schema=("molecule", "chain", "residues", *CDRS), orient="row")

    def charge_table(self) -> pl.DataFrame:
        """One row per molecule: charges of a heavy and a light chain, isoelectric point, hydropathy."""
        rows = [
            (one.name, one.charge, one.hold_charge, one.isoelectric_point, one.hydropathy)
            for one in self.molecules
        ]
        heads = ("molecule", f"charge_at_pH_{self.ph:g}", f"charge_at_pH_{self.hold_ph:g}")
        return pl.DataFrame(rows, schema=(*heads, "isoelectric_point", "hydropathy"), orient="row")

    def motif_table(self) -> pl.DataFrame:
        """One row per motif: kind, chain, residue from 1, IMGT number, region, letters."""
        rows = [(one.name, *asdict(found).values()) for one in self.molecules for found in one.liabilities]
        heads = {
            "molecule": pl.String,
            "kind": pl.String,
            "chain": pl.String,
            "residue": pl.Int64,
            "imgt": pl.String,
            "region": pl.String,
            "motif": pl.String,
        }
        return pl.DataFrame(rows, schema=heads, orient="row")

    def risk_table(self) -> pl.DataFrame:
        """One row per molecule and risk: metrics, probability of a flag, and the assumed loss as shares."""
        rows = [
            (
                one.name, loss.risk.title, ", ".join(loss.metrics), loss.flag_probability,
                loss.low, loss.likely, loss.high, "assumed", loss.why,
            )
            for one in self.molecules
            for loss in one.losses
        ]  # fmt: skip
        heads = ("molecule", "risk", "metrics", "flag_probability", "low", "likely", "high", "known", "why")
        return pl.DataFrame(rows, schema=heads, orient="row")

    def total_table(self) -> pl.DataFrame:
        """One row per molecule: assumed loss of all risks together, as mean and 5 and 95 % quantile."""
        rows = []
        for one in self.molecules:
            low, mean, high = together(one.losses, self.seed)
            rows.append((one.name, mean, low, high))
        return pl.DataFrame(rows, schema=("molecule", "mean", "low", "high"), orient="row")

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "answer": self.answer,
            "notes": list(self.notes),
            "limits": CLINICAL,
            "metrics": self.table().to_dicts(),
            "domains": self.domains_table().to_dicts(),
            "charges": self.charge_table().to_dicts(),
            "motifs": self.motif_table().to_dicts(),
            "risks": self.risk_table().to_dicts(),
            "together": self.total_table().to_dicts(),
            "numbering": {
                one.name: {
                    domain.chain: [
                        [str(number), letter]
                        for number, letter in zip(domain.numbers, domain.sequence, strict=True)
                    ]
                    for domain in one.domains
                }
                for one in self.molecules
            },
            "folds": [
                {
                    "molecule": one.name,
                    "sound": one.fold.sound,
                    "bridges_a": list(one.fold.bridges_a),
                    "broken": one.fold.broken,
                }
                for one in self.molecules
            ],
        }

    def page(self) -> Report:
        """The result as a report."""
        frames = {
            "Surface against clinical antibodies": (self.table(), f"Limits: {CLINICAL}."),
            "Variable domains": (self.domains_table(), ""),
            "Charge and hydropathy": (self.charge_table(), ""),
            "Motifs of degradation": (self.motif_table(), ""),
            "Risk of the recipe (assumed)": (self.risk_table(), ""),
            "All risks together (assumed)": (self.total_table(), "Drawn as independent; 90 % of the draws."),
        }
        return Report(
            title=self.title,
            subtitle="Molecules: what their sequences say of the recipe",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                *(
                    Table(
                        title,
                        frame.rename({name: name.replace("_", " ") for name in frame.columns}),
                        note=note,
                    )
                    for title, (frame, note) in frames.items()
                ),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )
