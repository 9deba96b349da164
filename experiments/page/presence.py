"""Presence: whether a browser still shows a session."""

from solara.server import kernel_context


def is_watched() -> bool:
    """Whether a browser shows this session; without a server it is taken to be so."""
    try:
        session = kernel_context.get_current_context()
    except RuntimeError:
        return True
    pages = session.page_status.values()
    return not pages or kernel_context.PageStatus.CONNECTED in pages
