"""Uses the client around secrets: tenants, headers, raw paths. Prints each outcome."""

import json
import os

from prefect import Client

url = os.environ["PREFECT__CLOUD__API"]
report = {}


def outcome(call):
    try:
        return {"returned": call()}
    except Exception as error:
        bases = [base.__name__ for base in type(error).__mro__]
        return {"raised": type(error).__name__, "bases": bases, "text": str(error)}


def client_with(headers, **attributes):
    client = Client()
    for name, value in attributes.items():
        setattr(client, name, value)
    client.attach_headers(headers)
    return client


# The tenant is looked up when it is read, and sent from then on.
client = Client()
report["before"] = client._tenant_id
report["tenant"] = client.tenant_id
report["afterwards"] = outcome(lambda: client.graphql("query{secret_names}").data.secret_names)
report["tenants"] = outcome(lambda: [dict(tenant) for tenant in client.get_available_tenants()])
report["switch by slug"] = outcome(lambda: client.switch_tenant(tenant_slug="acme"))
report["switch by id"] = outcome(lambda: client.switch_tenant(tenant_id=report["tenant"]))
report["switch to an unknown slug"] = outcome(lambda: client.switch_tenant(tenant_slug="unknown"))
report["switch to another team"] = outcome(lambda: client.switch_tenant(tenant_id=os.environ["OTHER_TENANT"]))

# The client's own headers and added ones.
proxied = client_with({"x-proxy-authorization": "Basic YTpi"})
report["attached"] = outcome(lambda: proxied.set_secret("ATTACHED", "attached value"))
basic = client_with({"Authorization": "Basic YTpi"}, api_key=None)
report["basic"] = outcome(lambda: basic.graphql("query{secret_names}"))
report["key for one call"] = outcome(
    lambda: Client(api_key="sr_unknown").graphql("query{secret_names}", api_key=os.environ["PREFECT__CLOUD__API_KEY"]).data.secret_names
)

# Other paths are not the API.
report["another path"] = outcome(lambda: Client().post("/foo/bar", params={"query": "{secret_names}"}))
report["a key that is a number"] = outcome(lambda: Client(api_key="12345").set_secret("A", "unsent value"))

# Documents in the form of Python objects.
report["as objects"] = outcome(
    lambda: Client().graphql({"query": {"secret(order_by: {name: asc})": {"name"}}}).to_dict()["data"]
)
report["bulk"] = outcome(
    lambda: Client().graphql(
        {"mutation": {
            "a: set_secret(input: {name: \"BULK 1\", value: 1})": {"success"},
            "b: set_secret(input: {name: \"BULK 2\", value: {x: [1.10]}})": {"success"},
        }}
    ).to_dict()["data"]
)

print(json.dumps(report))
