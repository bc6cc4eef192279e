"""What hvac does with a Vault, at OpenBao and at Strongroom: every line holds at both."""

import os
from importlib.metadata import version

import hvac
from hvac import exceptions


def client(name):
    return hvac.Client(url=os.environ["VAULT_ADDR"], token=os.environ.get(name))


def raises(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error as raised:
        return raised
    raise AssertionError(f"should have raised {error.__name__}")


reader, writer, nobody = client("READER"), client("WRITER"), client("NOBODY")
SECRET = {"password": "s3cret", "port": 5432, "tags": ["a", "b"], "nothing": None}

# Who is it?
assert reader.is_authenticated()
assert not hvac.Client(url=os.environ["VAULT_ADDR"], token="sr_wrong").is_authenticated()
looked_up = reader.auth.token.lookup_self()["data"]
assert looked_up["type"] == "service" and looked_up["ttl"] >= 0, looked_up
assert reader.sys.read_health_status(method="GET")["initialized"]
assert reader.sys.read_health_status().status_code == 200
assert not reader.sys.is_sealed()
raises(exceptions.InvalidRequest, reader.auth.token.renew_self)

# Version 2.
v2, v2_writer = reader.secrets.kv.v2, writer.secrets.kv.v2
written = v2_writer.create_or_update_secret("hvac/db", secret=SECRET, cas=0)
assert written["data"]["version"] == 1
raises(exceptions.InvalidRequest, v2_writer.create_or_update_secret, "hvac/db", secret={}, cas=0)
read = v2.read_secret_version("hvac/db", raise_on_deleted_version=True)
assert read["data"]["data"] == SECRET, read
assert read["data"]["metadata"]["version"] == 1
assert v2.list_secrets("hvac")["data"]["keys"] == ["db"]
assert reader.list("secret/metadata/hvac")["data"]["keys"] == ["db"]
assert reader.read("secret/data/hvac/db")["data"]["data"] == SECRET
assert v2.read_secret_metadata("hvac/db")["data"]["current_version"] == 1
raises(exceptions.Forbidden, v2_writer.read_secret_version, "hvac/db", raise_on_deleted_version=True)
raises(exceptions.Forbidden, v2.create_or_update_secret, "hvac/db", secret={})
raises(exceptions.Forbidden, nobody.secrets.kv.v2.read_secret_version, "hvac/db", raise_on_deleted_version=True)
raises(exceptions.InvalidPath, v2.read_secret_version, "hvac/none", raise_on_deleted_version=True)
raises(exceptions.InvalidPath, v2.list_secrets, "hvac/none")
assert reader.read("secret/data/hvac/none") is None

# Overwritten, and read as it was.
assert v2_writer.create_or_update_secret("hvac/db", secret={"password": "another"})["data"]["version"] == 2
older = v2.read_secret_version("hvac/db", version=1, raise_on_deleted_version=True)
assert older["data"]["data"] == SECRET

# Deleted, and back.
v2_writer.delete_latest_version_of_secret("hvac/db")
raises(exceptions.InvalidPath, v2.read_secret_version, "hvac/db", raise_on_deleted_version=True)
deleted = v2.read_secret_version("hvac/db", raise_on_deleted_version=False)
assert deleted["data"]["data"] is None and deleted["data"]["metadata"]["deletion_time"], deleted
v2_writer.undelete_secret_versions("hvac/db", versions=[2])
read = v2.read_secret_version("hvac/db", raise_on_deleted_version=True)
assert read["data"]["data"] == {"password": "another"}
v2_writer.update_metadata("hvac/db", custom_metadata={"description": "of hvac"})
v2_writer.delete_metadata_and_all_versions("hvac/db")
raises(exceptions.InvalidPath, v2.read_secret_version, "hvac/db", raise_on_deleted_version=False)

# Version 1.
v1, v1_writer = reader.secrets.kv.v1, writer.secrets.kv.v1
v1_writer.create_or_update_secret("hvac/one", secret=SECRET, method="POST", mount_point="kv")
assert v1.read_secret("hvac/one", mount_point="kv")["data"] == SECRET
assert v1.list_secrets("hvac", mount_point="kv")["data"]["keys"] == ["one"]
raises(exceptions.Forbidden, v1_writer.read_secret, "hvac/one", mount_point="kv")
v1_writer.delete_secret("hvac/one", mount_point="kv")
raises(exceptions.InvalidPath, v1.read_secret, "hvac/one", mount_point="kv")

# AppRole, with a stale token as VAULT_TOKEN leaves one behind.
stale = hvac.Client(url=os.environ["VAULT_ADDR"], token="sr_stale")
stale.auth.approle.login(role_id=os.environ["ROLE_ID"], secret_id=os.environ["SECRET_ID"])
assert stale.is_authenticated()
wrong = {"role_id": "wrong", "secret_id": os.environ["SECRET_ID"]}
raises(exceptions.InvalidRequest, stale.auth.approle.login, **wrong)

print(f"hvac {version('hvac')} is content")
