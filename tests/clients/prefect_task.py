"""What Prefect's task `VaultSecret` does with a Vault."""

import os

import prefect
from prefect.tasks.secrets.vault_secret import VaultSecret


def run(name, **credentials):
    with prefect.context(secrets={"VAULT_CREDENTIALS": credentials}):
        return VaultSecret(f"secret/clients/{name}").run()


def raises(error, *args, **kwargs):
    try:
        run(*args, **kwargs)
    except error:
        return
    raise AssertionError(f"should have raised {error.__name__}")


app_role = {"VAULT_ROLE_ID": os.environ["ROLE_ID"], "VAULT_SECRET_ID": os.environ["SECRET_ID"]}
for credentials in [{"VAULT_TOKEN": os.environ["READER"]}, app_role]:
    assert run("text", **credentials) == {"value": "hunter2 hunter2"}
    assert run("map", **credentials) == {"user": "ada", "port": 5432}
    raises(KeyError, "none", **credentials)
raises(KeyError, "text", VAULT_TOKEN=os.environ["LIMITED"])
raises(RuntimeError, "text", VAULT_TOKEN=os.environ["WRITER"])
raises(RuntimeError, "text", VAULT_TOKEN="sr_wrong")
print("Prefect is content")
