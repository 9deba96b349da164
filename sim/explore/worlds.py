"""How does a plan become a table of worlds, where nothing needs to be kept on disk?"""

from concurrent.futures import Executor
from functools import partial

import pandas as pd

from sim.runner import Plan, in_order, jobs
from sim.trial.worlds import run_table


def worlds_of(plan: Plan, pool: Executor) -> pd.DataFrame:
    """Run a plan on a pool of workers: a row a world, in the order of point and world."""
    return in_order(list(pool.map(partial(run_table, plan), jobs(plan))), "world")
