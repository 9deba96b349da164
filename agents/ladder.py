"""The ladder of the patron's deeds: what each rung counts for in others' eyes, and what it commits to."""

# How far each rung counts as help in the eyes of others, and how far it commits the patron, as a share of
# what combat troops do. Assumption: imposing a stop is seen as most of the help that troops would be and
# commits half as far; diplomacy commits to next to nothing. What a rung can achieve is worked out in
# agents/expectations.py.
SUPPORT = (0.0, 0.15, 0.4, 0.8, 1.0)
COMMITMENT = (0.0, 0.05, 0.2, 0.55, 1.0)
# How far each rung takes the client's side against the challenger, 0-1. Assumption: talks take neither side,
# as the challenger takes part in them; arms and force take it as far as they count as help.
SIDING = (0.0, 0.0, 0.4, 0.8, 1.0)
