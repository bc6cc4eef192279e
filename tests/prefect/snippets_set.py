"""The snippets of Prefect's documentation that set secrets, unchanged."""

from prefect import Client

client = Client()
client.set_secret(name="MYSECRET", value="MY SECRET VALUE")

client.set_secret(name="my secret", value=42)
