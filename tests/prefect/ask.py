"""Calls the unmodified Prefect client as the argument lists, and reports each outcome.

The argument is JSON: a list of ["set", name, literal], ["get", name], ["exists", name], ["graphql", document]
or ["tenant_id"]. A literal is Python. The last line printed is JSON: per item either {"returned": repr, "type": name}
or {"raised": name, "bases": [names], "text": message}.
"""

import json
import sys

from prefect import Client
from prefect.client import Secret


def perform(client, what, *arguments):
    if what == "set":
        name, literal = arguments
        return client.set_secret(name=eval(name) if name in ("5", "None") else name, value=eval(literal))
    if what == "get":
        return Secret(*arguments).get()
    if what == "exists":
        return Secret(*arguments).exists()
    if what == "graphql":
        return client.graphql(*arguments).to_dict()
    if what == "tenant_id":
        return client.tenant_id
    raise NotImplementedError(what)


def outcome(*item):
    try:
        value = perform(client, *item)
    except BaseException as error:
        bases = [base.__name__ for base in type(error).__mro__]
        return {"raised": type(error).__name__, "bases": bases, "text": str(error)}
    return {"returned": repr(value), "type": type(value).__name__}


client = Client()
print(json.dumps([outcome(*item) for item in json.loads(sys.argv[1])]))
