"""Loads configurations with the real Prefect, one for each line of JSON on standard input.

A line has the variables, with the home directory of the files, and the names of secrets to read. The answer, also one
line, has Prefect's results, with each value in a form that keeps its type and all its bits.
"""

import datetime
import json
import os
import struct
import sys
import warnings

warnings.simplefilter("ignore")

import prefect  # noqa: E402
import prefect.configuration as configuration  # noqa: E402
from prefect.client import Secret  # noqa: E402

# The packaged defaults are the same each time, and slow to parse.
DEFAULTS = configuration.load_toml(configuration.DEFAULT_CONFIG)
load_toml = configuration.load_toml


def load_toml_once(path):
    return dict(DEFAULTS) if path == configuration.DEFAULT_CONFIG else load_toml(path)


configuration.load_toml = load_toml_once


def bits(value):
    return "nan" if value != value else struct.pack(">d", value).hex()


def text(value):
    try:
        value.encode()
    except UnicodeEncodeError:
        return ["half pair", value.encode("utf-8", "surrogatepass").hex()]
    return ["text", value]


def canonical(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# A bool is an int, too.
TAGS = [
    (type(None), lambda value: ["none"]),
    (bool, lambda value: ["bool", value]),
    (int, lambda value: ["integer", hex(value)]),
    (float, lambda value: ["float", bits(value)]),
    (complex, lambda value: ["complex", bits(value.real), bits(value.imag)]),
    (str, text),
    (bytes, lambda value: ["bytes", value.hex()]),
    (list, lambda value: ["list", [tagged(item) for item in value]]),
    (tuple, lambda value: ["tuple", [tagged(item) for item in value]]),
    (set, lambda value: ["set", sorted((tagged(item) for item in value), key=canonical)]),
    (dict, lambda value: ["dict", [[tagged(key), tagged(item)] for key, item in value.items()]]),
    (type(...), lambda value: ["ellipsis"]),
    ((datetime.date, datetime.time), lambda value: ["date and time", str(value)]),
    (object, lambda value: ["unknown", type(value).__name__]),
]


def tagged(value):
    return next(tag(value) for kind, tag in TAGS if isinstance(value, kind))


def outcome(get):
    try:
        return {"value": tagged(get())}
    except Exception as error:
        # python-box has a subclass of KeyError.
        return {"error": "KeyError" if isinstance(error, KeyError) else type(error).__name__}


def load(case):
    os.environ.clear()
    for name, value in case["variables"]:
        os.environ.setdefault(name, value)
    user = os.getenv("PREFECT__USER_CONFIG_PATH", "~/.prefect/config.toml")
    backend = os.getenv("PREFECT__BACKEND_CONFIG_PATH", "~/.prefect/backend.toml")
    config = configuration.load_configuration(
        configuration.DEFAULT_CONFIG, user, backend, configuration.ENV_VAR_PREFIX
    )
    # What `prefect.utilities.context.Context` does at import.
    context = {}
    context.update(config.get("context", {}))
    answers = {}
    with prefect.context():
        prefect.context.pop("secrets", None)
        prefect.context.update(context)
        for name in case["names"]:
            answers[name] = {
                "context": outcome(lambda: prefect.context.get("secrets", {})[name]),
                "get": outcome(Secret(name).get),
            }
    return {
        "secrets": answers,
        "settings": {
            "names": outcome(lambda: [name for name in context.get("secrets", {}) if isinstance(name, str)]),
            "backend": outcome(lambda: config.backend),
            "local": outcome(lambda: config.cloud.use_local_secrets is not False),
            "api": outcome(lambda: config.cloud.api),
            "api_key": outcome(lambda: str(config.cloud.api_key or "")),
            "tenant_id": outcome(lambda: config.cloud.tenant_id),
        },
    }


def api(text):
    """The client's result for a value from the API, given as JSON."""
    value = json.loads(text)
    try:
        return json.loads(value)
    except (json.JSONDecodeError, TypeError):
        return value


# Prefect's own output must not get between the answers.
answers = sys.stdout
sys.stdout = sys.stderr
answers.write("ready\n")
answers.flush()
for line in sys.stdin:
    case = json.loads(line)
    if "api" in case:
        answer = outcome(lambda: api(case["api"]))
    else:
        try:
            answer = load(case)
        except Exception as error:
            answer = {"error": type(error).__name__, "message": str(error)}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
