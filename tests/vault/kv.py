"""What `hvac` expects of a Vault with a KV engine, whose version is the second argument; the first is its address.

The last line printed is JSON: "passed", or what was read.
"""

import json
import os
import sys

import hvac

address, version, task, *rest = sys.argv[1:]
client = hvac.Client(url=address, token=os.environ["VAULT_TOKEN"])
kv = client.secrets.kv.v1 if version == "1" else client.secrets.kv.v2


def put(path, secret):
    kv.create_or_update_secret(path=path, secret=secret)


def read(path):
    if version == "1":
        return kv.read_secret(path=path)["data"]
    return kv.read_secret_version(path=path, raise_on_deleted_version=True)["data"]["data"]


def names(path):
    answer = kv.list_secrets(path=path)
    return answer["data"]["keys"]


def remove(path):
    if version == "1":
        kv.delete_secret(path=path)
    else:
        kv.delete_metadata_and_all_versions(path=path)


def is_missing(act, path):
    try:
        found = act(path)
    except hvac.exceptions.InvalidPath:
        return True
    return not found


def contract():
    assert is_missing(read, "a/b/c")
    assert is_missing(names, "a/b")
    put("a/b/c", {"sealed": "AAAA"})
    put("a/b/d", {"sealed": "BBBB", "more": [1, {"x": None}]})
    assert read("a/b/c") == {"sealed": "AAAA"}
    assert read("a/b/d") == {"sealed": "BBBB", "more": [1, {"x": None}]}
    assert names("a/b") == ["c", "d"]
    assert names("a") == ["b/"]
    put("a/b/c", {"sealed": "CCCC"})
    assert read("a/b/c") == {"sealed": "CCCC"}
    if version == "2":
        whole = kv.read_secret_version(path="a/b/c", raise_on_deleted_version=True)
        metadata = whole["data"]["metadata"]
        assert metadata["version"] == 2 and metadata["destroyed"] is False, metadata
        try:
            kv.create_or_update_secret(path="a/b/c", secret={"sealed": "DDDD"}, cas=0)
        except hvac.exceptions.InvalidRequest:
            pass
        else:
            raise AssertionError("written twice")
    remove("a/b/c")
    assert is_missing(read, "a/b/c")
    remove("a/b/c")
    assert names("a/b") == ["d"]
    remove("a/b/d")
    stranger = hvac.Client(url=address, token="no-such-token")
    try:
        if version == "1":
            stranger.secrets.kv.v1.read_secret(path="a/b/c")
        else:
            stranger.secrets.kv.v2.read_secret_version(path="a/b/c", raise_on_deleted_version=True)
    except hvac.exceptions.Forbidden:
        return "passed"
    raise AssertionError("anyone is let in")


def app_role(role_id, secret_id):
    other = hvac.Client(url=address)
    answer = other.auth.approle.login(role_id=role_id, secret_id=secret_id)
    assert other.token == answer["auth"]["client_token"]
    other.secrets.kv.v2.create_or_update_secret(path="of-a-role", secret={"sealed": "AAAA"})
    try:
        hvac.Client(url=address).auth.approle.login(role_id=role_id, secret_id="another")
    except hvac.exceptions.InvalidRequest:
        return "passed"
    raise AssertionError("anyone is let in")


tasks = {"contract": contract, "app-role": app_role, "read": read}
print(json.dumps(tasks[task](*rest)))
