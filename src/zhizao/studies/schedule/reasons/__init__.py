"""Why orders of a plan are late or never done, and the cheapest thing that would save each.

`waits` reads from the plan where a lot waited; `causes` says what could be removed; `trials` runs the twin
without it; `late` names what is enough to remove; `rescue` looks for the cheapest change.
"""
