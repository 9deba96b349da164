"""What keeps people from a page: axe-core's findings, of the kinds that matter most."""


def serious_barriers(page, fewest_passes):
    """The critical and serious violations of a page as it is now: the rule, and the first element.

    Args:
        page: a page of a browser that lets scripts in (`bypass_csp`).
        fewest_passes: the number of rules that must have found something to judge.
    """
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response
    assert len(found["passes"]) >= fewest_passes, "axe has looked at the whole page"
    return [
        (one["id"], one["nodes"][0]["html"])
        for one in found["violations"]
        if one["impact"] in ("critical", "serious")
    ]
