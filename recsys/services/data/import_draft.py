"""An import while the user decides about it: files, columns, treatments, and the step that is shown.

Steps: files, columns, problems, preview. Each change is checked by a try (import_job.py) with the same files. A step that has
nothing to ask is passed over; nothing is applied that was not chosen. An import that adds a log to a dataset begins with the
choices of that dataset's recipe.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from recsys.data.importing.faults import Fault, Kind
from recsys.data.importing.import_choices import Choices, FileChoices, Filters, Protection
from recsys.data.importing.roles import REQUIRED, ROLES
from recsys.errors import RecsysError
from recsys.services.data import import_job, upload
from recsys.services.data.append import recipe_to_append
from recsys.services.data.import_job import ImportProgress
from recsys.services.data.import_outcome import FileKind, Outcome
from recsys.services.data.upload import Upload
from recsys.services.workspace import Workspace

Step = Literal["files", "columns", "problems", "preview"]
STEPS: tuple[Step, ...] = ("files", "columns", "problems", "preview")
WEIGHTS = "weights"  # the treatment of types of events whose weights are chosen one by one
OF_ITEMS = tuple(role for role in ROLES["items"] if role != "item")  # may also stand in the interactions file


@dataclass
class ImportDraft:
    """`mapping` and `readings` hold only what the user changed; `faults` all that were found with these files and columns.

    `base` are the choices that these changes are made to. `weights`: key of a fault about types of events -> weight of each type,
    where its treatment is WEIGHTS. `whole` is the last outcome without filters.
    `tried` is what the last try was about, `is_leaving`: the step is left as soon as that has ended. `fault` is what was wrong
    with an upload or a press, until the next one.
    """

    upload: Upload
    step: Step = "files"
    mapping: dict[str, str] = field(default_factory=dict)
    readings: dict[Kind, FileChoices] = field(default_factory=dict)
    treatments: dict[str, str] = field(default_factory=dict)
    protection: Protection = field(default_factory=Protection)
    weights: dict[str, dict[str, float]] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    fill: tuple[str, ...] = ()
    num_applied: int = 0  # changes of filters and of what is filled
    base: Choices = field(default_factory=lambda: Choices(most_dropped=1.0))
    whole: Outcome | None = None
    faults: dict[str, Fault] = field(default_factory=dict)
    name: str = ""
    version: int = 0  # of the files
    tried: tuple[Choices, int] | None = None
    is_leaving: bool = False
    fault: RecsysError | None = None

    @property
    def appends(self) -> str | None:
        """Id of the dataset that the files are added to."""
        return self.upload.appends

    @property
    def choices(self) -> Choices:
        """Nothing limits what treatments leave out: how much it is was shown beside each."""
        mapping, treatments = {**self.base.mapping, **self.mapping}, {**self.base.treatments, **self.treatments}
        files = {**self.base.files, **self.readings}
        changed = {"files": files, "mapping": mapping, "treatments": treatments, "events": self.events}
        if self.appends is None:  # else they are the recipe's: those of the whole dataset
            changed |= {"filters": self.filters, "fill": self.fill, "protection": self.protection}
        return self.base.model_copy(update=changed)

    @property
    def events(self) -> dict[str, float] | None:
        """The weights of types of events that were chosen one by one; None if that was left to treatments."""
        chosen = [of_fault for key, of_fault in self.weights.items() if self.treatments.get(key) == WEIGHTS]
        events = dict(self.base.events or {})
        for of_fault in chosen:
            events |= of_fault
        return events if chosen or self.base.events is not None else None

    @property
    def progress(self) -> ImportProgress:
        return import_job.progress(self.upload)

    @property
    def outcome(self) -> Outcome | None:
        """The outcome of the last try, if it is about what is chosen now."""
        return self.upload.outcome if self.is_tried else None

    @property
    def is_tried(self) -> bool:
        return self.tried == (self.choices, self.version)

    @property
    def has_log(self) -> bool:
        return "interactions" in self.upload.files

    def add(self, kind: FileKind, name: str, content: BinaryIO | Path) -> None:
        """Take a file in; what was decided about columns and problems of its kind is open again."""
        import_job.stop(self.upload)
        try:
            self.upload.add(kind, name, content)
        except RecsysError as error:
            self.fault = error
            return
        if kind == "interactions" and self.appends is None:
            self.name = Path(name).stem
        self._files_changed(kind)

    def remove(self, kind: FileKind) -> None:
        import_job.stop(self.upload)
        self.upload.remove(kind)
        self._files_changed(kind)

    def _files_changed(self, kind: FileKind) -> None:
        prefix = f"{kind}."
        self.mapping = {
            name: column
            for name, column in self.mapping.items()
            if not name.startswith(prefix) and not (kind == "interactions" and "." not in name)
        }
        self.readings = {file: reading for file, reading in self.readings.items() if file != kind}
        self.fault, self.version = None, self.version + 1
        self._open_again(kind)
        self.check()

    def _open_again(self, changed: FileKind) -> None:
        """Forget the problems of a file, filters and what was protected; decisions about other files stay."""
        decided = {key: self.faults[key] for key in self.treatments if key in self.faults}
        self.faults = {key: fault for key, fault in decided.items() if fault.file != changed}
        self.treatments = {key: treatment for key, treatment in self.treatments.items() if key in self.faults}
        self.weights = {key: weights for key, weights in self.weights.items() if key in self.faults}
        self.protection, self.filters, self.fill, self.whole = Protection(), Filters(), (), None

    def read_as(self, kind: Kind, reading: FileChoices) -> None:
        """Read a file in another way; its columns are guessed anew."""
        self.readings = {**self.readings, kind: reading}
        self._open_again(kind)
        self.check()

    def map(self, kind: Kind, role: str, column: str) -> None:
        """Give a role a column, or none ("")."""
        self.mapping = {**self.mapping, mapped_name(kind, role): column}
        self._open_again(kind)

    def decide(self, key: str, treatment: str) -> None:
        self.treatments = {**self.treatments, key: treatment}
        if treatment == WEIGHTS:
            self.weights = {key: dict.fromkeys(dict(self.faults[key].types), 1.0), **self.weights}

    def weigh(self, key: str, event_type: str, weight: float) -> None:
        """Give a type of events a weight; 0 leaves its events out."""
        self.weights = {**self.weights, key: {**self.weights[key], event_type: weight}}

    def protect(self, protection: Protection) -> None:
        """Check again with other choices of what is not kept of people."""
        if protection != self.protection:
            self.protection = protection
            self.fill = tuple(name for name in self.fill if name not in protection.drop)
            self.check()

    def keep_only(self, filters: Filters) -> None:
        """Check again with other filters."""
        self.filters, self.num_applied = filters, self.num_applied + 1
        self.check()

    def fill_missing(self, columns: tuple[str, ...]) -> None:
        """Check again with missing values of these columns filled."""
        self.fill, self.num_applied = columns, self.num_applied + 1
        self.check()

    def accept_proposals(self) -> None:
        """Choose the proposed treatment of every problem that is open and has one."""
        proposed = {fault.key: fault.proposed for fault in self.open if fault.proposed is not None}
        self.treatments = {**self.treatments, **proposed}

    @property
    def open(self) -> list[Fault]:
        """The problems without a decision."""
        return [fault for key, fault in self.faults.items() if key not in self.treatments]

    def check(self) -> None:
        """Begin a try with what is chosen now, unless the last one was with the same."""
        if not self.has_log:
            import_job.stop(self.upload)
            self.tried = None
        elif not self.is_tried:
            import_job.start(self.upload, self.choices)
            self.tried = (self.choices, self.version)

    def check_again(self) -> None:
        """Repeat a try that was stopped or has failed."""
        self.tried = None
        self.check()

    def stop(self) -> None:
        """End the try; the files and choices stay."""
        import_job.stop(self.upload)
        self.is_leaving = False

    def follow(self) -> None:
        """Take over how the last try ended; go on where that was waited for. Raises NotFoundError if the files are gone."""
        self.upload.touch()
        outcome = self.outcome
        if outcome is None:
            self.is_leaving = self.is_leaving and self.progress.state == "running"
            return
        self.faults |= {fault.key: fault for fault in outcome.faults}
        if self.filters == Filters() and outcome.summary is not None:
            self.whole = outcome
        if self.is_leaving:
            self.is_leaving = False
            if outcome.error is None:
                self.step = self.next_step()
            elif self.step == "files" and self.can_be_mapped:
                self.step = "columns"

    @property
    def can_be_mapped(self) -> bool:
        """Whether the columns of the interactions were seen."""
        return "interactions" in self.upload.looks

    def go_on(self) -> None:
        """Check what was chosen, then show the next step that has something to ask."""
        self.check()
        self.is_leaving = True
        self.follow()

    def go_to(self, step: Step) -> None:
        self.check()
        self.step, self.is_leaving = step, False

    def back(self) -> None:
        self.go_to(STEPS[STEPS.index(self.step) - 1])

    def next_step(self) -> Step:
        """The first step from here on that has something to ask, problems that came up as well; the preview if none has."""
        first = STEPS.index(self.step) + (self.step != "problems")
        return next((step for step in STEPS[first:] if self.num_questions(step)), "preview")

    def num_questions(self, step: Step) -> int:
        """How much a step has to ask: columns that are missing, problems without a decision."""
        if step == "columns":
            return sum(len(self.missing(kind)) for kind in self.upload.looks)
        return len(self.open) if step == "problems" else 0

    def roles(self, kind: Kind) -> dict[str, str]:
        """Role -> column of a file: as it was read, with what was changed since; without roles that have no column."""
        look, outcome = self.upload.looks[kind], self.upload.outcome
        read = outcome.report.roles if outcome and outcome.report.roles else {}
        roles = {role: read[name] for role in offered(kind, self.upload) if (name := mapped_name(kind, role)) in read}
        roles = roles or dict(look.roles)
        for role in offered(kind, self.upload):
            column = self.choices.mapping.get(mapped_name(kind, role))
            if column is not None:
                roles[role] = column
        return {role: column for role, column in roles.items() if column in look.columns}

    def missing(self, kind: Kind) -> list[str]:
        """Required roles without a column."""
        return [role for role in REQUIRED[kind] if role not in self.roles(kind)]

    def unused_times(self, kind: Kind) -> list[str]:
        """Columns that look like times, where the file has no column of times."""
        roles, look = self.roles(kind), self.upload.looks[kind]
        if "time" not in ROLES[kind] or "time" in roles:
            return []
        return [column for column in look.times if column not in roles.values()]

    def keep(self, workspace: Workspace) -> str:
        """Store the checked dataset; returns its id."""
        return upload.keep(workspace, self.upload, self.name)


def begin(workspace: Workspace, appends: str | None = None) -> ImportDraft:
    """An import without files; `appends`: the dataset that they are added to, with its recipe and under its name.

    Raises DataError for a dataset without a recipe or with coarsened times, NotFoundError for an unknown one.
    """
    if appends is None:
        return ImportDraft(upload.begin(workspace))
    name = workspace.datasets.summary(appends).name
    base = recipe_to_append(workspace.datasets, appends).choices.model_copy(update={"most_dropped": 1.0})
    return ImportDraft(upload.begin(workspace, appends), base=base, name=name)


def offered(kind: Kind, files: Upload) -> tuple[str, ...]:
    """The roles that columns of a file may have: without an items file, those of items stand in the interactions, too."""
    is_alone = kind == "interactions" and "items" not in files.files
    return ROLES[kind] + (OF_ITEMS if is_alone else ())


def mapped_name(kind: Kind, role: str) -> str:
    """What the mapping of the choices, and the report, call a role of a file."""
    return role if kind == "interactions" else f"{kind}.{role}"
