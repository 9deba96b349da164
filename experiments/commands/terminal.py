"""What the terminal prints of a finished run."""

from sim.runs.results import ResultFolder


def tell(folder: ResultFolder) -> str:
    """What came of a run or a sweep."""
    from experiments.report.run_folder import run_in
    from experiments.report.section import as_text

    return as_text(run_in(folder))
