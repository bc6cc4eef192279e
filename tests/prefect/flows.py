"""Flows that load secrets under `flow.run()`.

The environment has a runner's key as the client's own, and a writer's key as WRITER. Expects the secrets TEXT (`hunter2
hunter2`) and DOCUMENT (`{"a": [1.10, "two"]}`), and no secret named MISSING or LATE.
"""

import datetime
import json
import os

import prefect
from prefect import Client, Flow, task
from prefect.client import Secret
from prefect.tasks.secrets import PrefectSecret

seen = []
report = {}


@task
def use(value):
    seen.append(value)
    return type(value).__name__


@task
def reads_by_itself():
    return Secret("TEXT").get()


def set_it_meanwhile(_, __, new_state):
    if new_state.is_retrying():
        Client(api_key=os.environ["WRITER"]).set_secret("LATE", "set meanwhile")
    return new_state


with Flow("uses secrets") as flow:
    text = PrefectSecret("TEXT")
    use(text)
    use(PrefectSecret("DOCUMENT"))
state = flow.run()
result = state.result[text]._result
report["uses"] = {
    "successful": state.is_successful(),
    "seen": sorted(seen, key=str),
    "stored": repr(result.to_result() if hasattr(result, "to_result") else None),
}

with Flow("needs a missing secret") as flow:
    missing = PrefectSecret("MISSING")
    used = use(missing)
state = flow.run()
report["missing"] = {
    "failed": state.is_failed(),
    "message": state.result[missing].message,
    "error": type(state.result[missing].result).__name__,
    "downstream": type(state.result[used]).__name__,
}

with Flow("tries again") as flow:
    late = PrefectSecret(
        "LATE", max_retries=1, retry_delay=datetime.timedelta(0), state_handlers=[set_it_meanwhile]
    )
    use(late)
state = flow.run()
report["retried"] = {"successful": state.is_successful(), "value": state.result[late].result}

with Flow("reads inside a task") as flow:
    inside = reads_by_itself()
state = flow.run()
report["inside"] = {"successful": state.is_successful(), "value": state.result[inside].result}


def building():
    with Flow("builds"):
        Secret("TEXT").get()


def outcome(call):
    try:
        return {"returned": call()}
    except Exception as error:
        return {"raised": type(error).__name__, "text": str(error)}


report["while building"] = outcome(building)
for name, context in [
    ("flow is no flow", {"flow": "not None"}),
    ("local wins", {"secrets": {"TEXT": "local value"}}),
    ("remote when not local", {"secrets": {}}),
]:
    with prefect.context(**context):
        report[name] = outcome(Secret("TEXT").get)

report["name from the constructor"] = outcome(PrefectSecret("TEXT").run)
report["name at run time"] = outcome(lambda: PrefectSecret("MISSING").run(name="TEXT"))
report["name at run time alone"] = outcome(lambda: PrefectSecret().run(name="TEXT"))
report["no name"] = outcome(PrefectSecret().run)
report["missing task"] = outcome(PrefectSecret("MISSING").run)
report["read again"] = outcome(lambda: PrefectSecret("MISSING").result.read("TEXT").value)

print(json.dumps(report))
