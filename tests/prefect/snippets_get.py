"""The snippets of Prefect's documentation that use secrets, unchanged except for the report at the end."""

import json

# Core concepts: secrets elsewhere
from prefect.client import Secret

# Load the value of `MYSECRET`
my_secret_value = Secret("MYSECRET").get()


# Orchestration: using a secret
from prefect.client import Secret

s = Secret("my secret") # create a secret object
s.get() # retrieve its value


# Core concepts: secrets in tasks
from prefect import task, Flow
from prefect.tasks.secrets import PrefectSecret

@task
def my_task(credentials):
    """A task that requires credentials to access something. Passing the
    credentials in as an argument allows you to change how/where the
    credentials are loaded (though we recommend using `PrefectSecret` tasks to
    load them."""
    pass

with Flow("example") as flow:
    my_secret = PrefectSecret("MYSECRET")
    res = my_task(credentials=my_secret)

state = flow.run()


# Local context
import prefect

prefect.context.setdefault("secrets", {}) # to make sure context has a secrets attribute
prefect.context.secrets["KEY"] = "VALUE"


# Environment variables
from prefect import task, Flow
from prefect.tasks.secrets import EnvVarSecret

@task
def print_value(x):
    print(x)

with Flow("Example") as flow:
    secret = EnvVarSecret("PATH")
    print_value(secret)

environment_state = flow.run() # prints the value of the "PATH" environment variable


successes = {
    "flow": state.is_successful(),
    "loaded": state.result[my_secret].is_successful(),
    "environment": environment_state.is_successful(),
}
print(json.dumps([[my_secret_value, s.get(), Secret("KEY").get()], successes]))
