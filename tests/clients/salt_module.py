"""What Salt's execution module `vault` does with a Vault, as `salt-call --local` runs it."""

import json
import os
from pathlib import Path
from tempfile import mkdtemp

from salt.client import Caller
from salt.exceptions import CommandExecutionError


def minion(auth):
    folder = Path(mkdtemp())
    vault = {"server": {"url": os.environ["VAULT_ADDR"]}, "auth": auth}
    settings = {"id": "minion", "file_client": "local", "root_dir": str(folder), "vault": vault}
    (folder / "minion").write_text(json.dumps(settings))
    caller = Caller(str(folder / "minion"))
    return lambda function, *args, **kwargs: caller.cmd(f"vault.{function}", *args, **kwargs)


def fails(call, path, part):
    try:
        call("read_secret", path)
    except CommandExecutionError as error:
        assert part in str(error), error
        return
    raise AssertionError(f"{path} should not be readable")


def with_token(name):
    return minion({"method": "token", "token": os.environ[name]})


reader, writer, limited = map(with_token, ["READER", "WRITER", "LIMITED"])
app_role = {"method": "approle", "role_id": os.environ["ROLE_ID"], "secret_id": os.environ["SECRET_ID"]}
for call in [reader, minion(app_role)]:
    assert call("read_secret", "secret/clients/text", "value") == "hunter2 hunter2"
    for mount in ["secret", "kv"]:
        assert call("read_secret", f"{mount}/clients/map") == {"user": "ada", "port": 5432}
        assert {"map", "text"} <= set(call("list_secrets", f"{mount}/clients")["keys"])
        fails(call, f"{mount}/clients/none", "VaultNotFoundError")
fails(limited, "secret/clients/text", "VaultNotFoundError")
fails(writer, "secret/clients/text", "VaultPermissionDeniedError")
for mount in ["secret", "kv"]:
    assert writer("write_secret", f"{mount}/clients/salt", user="ada")
    assert reader("read_secret", f"{mount}/clients/salt") == {"user": "ada"}
    assert writer("delete_secret", f"{mount}/clients/salt")
    fails(reader, f"{mount}/clients/salt", "VaultNotFoundError")
print("Salt is content")
