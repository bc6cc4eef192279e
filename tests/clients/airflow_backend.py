"""What Airflow does with a Vault: variables and connections by the backend that its configuration names, writes by its hook."""

import json
import os
from pathlib import Path

URL, HOME = os.environ["VAULT_ADDR"], Path(os.environ["HOME"])
(HOME / "token").write_text(os.environ["READER"])
BACKEND = {"url": URL, "mount_point": "secret", "auth_type": "token", "token_path": str(HOME / "token")}
HOST, PORT = URL.removeprefix("http://").split(":")
HOOK = {"conn_type": "vault", "host": HOST, "port": int(PORT), "password": os.environ["WRITER"]}
os.environ["AIRFLOW__SECRETS__BACKEND"] = "airflow.providers.hashicorp.secrets.vault.VaultBackend"
os.environ["AIRFLOW__SECRETS__BACKEND_KWARGS"] = json.dumps(BACKEND)
os.environ["AIRFLOW_CONN_WRITER"] = json.dumps(HOOK | {"extra": {"auth_type": "token", "use_tls": False}})

from airflow.models import Connection, Variable  # noqa: E402
from airflow.providers.hashicorp.hooks.vault import VaultHook  # noqa: E402
from airflow.providers.hashicorp.secrets.vault import VaultBackend  # noqa: E402
from hvac.exceptions import Forbidden, VaultError  # noqa: E402


def backend(**kwargs):
    return VaultBackend(url=URL, variables_path="clients", **kwargs)


def raises(error, call, *args):
    try:
        call(*args)
    except error:
        return
    raise AssertionError(f"should have raised {error.__name__}")


VaultHook("writer").create_or_update_secret("variables/greeting", {"value": "hunter2 hunter2"})
VaultHook("writer").create_or_update_secret("connections/db", {"conn_uri": "postgres://ada:lovelace@db.example/app"})
assert Variable.get("greeting") == "hunter2 hunter2"
connection = Connection.get_connection_from_secrets("db")
assert (connection.login, connection.password, connection.host) == ("ada", "lovelace", "db.example")

reader = {"token": os.environ["READER"]}
app_role = {"auth_type": "approle", "role_id": os.environ["ROLE_ID"], "secret_id": os.environ["SECRET_ID"]}
for login in [reader, app_role]:
    assert backend(**login).get_variable("text") == "hunter2 hunter2"
    assert backend(mount_point="kv", kv_engine_version=1, **login).get_variable("text") == "hunter2 hunter2"
    assert backend(**login).get_variable("none") is None
assert backend(token=os.environ["LIMITED"]).get_variable("text") is None
raises(Forbidden, backend(token=os.environ["WRITER"]).get_variable, "text")
raises(VaultError, backend(token="sr_wrong").get_variable, "text")
print("Airflow is content")
