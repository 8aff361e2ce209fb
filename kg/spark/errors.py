"""The errors of deriving on Spark."""

from pathlib import Path

from kg.errors import KgError


class SparkUnavailable(KgError):
    """Spark cannot be started: a package or Java is missing, or the cluster does not answer."""

    def __init__(self, reason: str, *, remedy: str) -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(f"Spark does not start: {reason}. Remedy: {remedy}.")


class BrokenDerivation(KgError):
    """A folder that is not a whole derivation, as `glocal reason --witness` writes one."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(f"{folder} is not a derivation with witnesses: {reason}")


class CodesCollide(KgError):
    """Two terms have the same code with each of the seeds that were tried."""

    def __init__(self, seeds: int) -> None:
        self.seeds = seeds
        super().__init__(f"Two terms have the same code with each of {seeds} seeds.")


class NotInDerivation(KgError):
    """A triple that a derivation with witnesses neither asserts nor derives."""

    def __init__(self, triple: str) -> None:
        self.triple = triple
        super().__init__(f"Neither asserted nor derived there: {triple}.")
