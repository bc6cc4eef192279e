"""A flow that takes each of the named secrets, with the environment's configuration.

The last line printed is JSON: per name the `repr` of the flow's value, or the exception's name; and the same as
`plain`, with Python's own dictionaries and lists in place of Prefect's.
"""

import json
import sys

from prefect import Flow, task
from prefect.client import Secret
from prefect.tasks.secrets import PrefectSecret

got = {}
plain = {}


def simplify(value):
    if isinstance(value, dict):
        return {key: simplify(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [simplify(item) for item in value]
    return value


@task
def take(name, value):
    got[name] = repr(value)
    plain[name] = repr(simplify(value))


with Flow("takes secrets") as flow:
    for name in sys.argv[1:]:
        take(name, PrefectSecret(name))

state = flow.run()
for name in sys.argv[1:]:
    if name not in got:
        try:
            got[name] = f"not by the flow: {Secret(name).get()!r}"
        except BaseException as error:
            got[name] = type(error).__name__

print(json.dumps({"successful": state.is_successful(), "got": got, "plain": plain}))
