"""Where a finished training leads: one user, the recommendations, and the reason of the first."""

from __future__ import annotations

from recsys.ui.shell import cache, nav
from recsys.ui.shell.state import session, workspace


def land(run_id: str) -> None:
    run = cache.opened(workspace(), run_id)
    from recsys.services.recommend.recommendation import starting_user  # with torch: watching a run does without

    session().run_id, session().user_id = run_id, None
    nav.go("explain", run=run_id, user=starting_user(run))
