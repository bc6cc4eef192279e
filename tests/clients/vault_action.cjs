// The requests of GitHub's action `hashicorp/vault-action` 3.4.0, which no package registry has: a login, then each path
// once. Every request has a namespace header, which is empty by default; a `data` inside `data` means version 2.

const assert = require('node:assert');

const { VAULT_ADDR, READER, WRITER, LIMITED, ROLE_ID, SECRET_ID } = process.env;
const namespace = { 'X-Vault-Namespace': '' };

async function logIn() {
  const response = await fetch(`${VAULT_ADDR}/v1/auth/approle/login`, {
    method: 'POST',
    headers: { ...namespace, 'Content-Type': 'application/json' },
    body: JSON.stringify({ role_id: ROLE_ID, secret_id: SECRET_ID }),
  });
  return (await response.json()).auth.client_token;
}

async function get(token, path) {
  const response = await fetch(`${VAULT_ADDR}/v1/${path}`, { headers: { ...namespace, 'X-Vault-Token': token } });
  const body = await response.json();
  if (!response.ok) return [response.status, body.errors];
  return body.data.data === undefined ? body.data : body.data.data;
}

async function main() {
  for (const token of [READER, await logIn()]) {
    assert.deepStrictEqual(await get(token, 'secret/data/clients/text'), { value: 'hunter2 hunter2' });
    assert.deepStrictEqual(await get(token, 'secret/data/clients/map'), { user: 'ada', port: 5432 });
    assert.deepStrictEqual(await get(token, 'kv/clients/text'), { value: 'hunter2 hunter2' });
    assert.deepStrictEqual(await get(token, 'secret/data/clients/none'), [404, []]);
  }
  assert.deepStrictEqual(await get(LIMITED, 'secret/data/clients/text'), [404, []]);
  assert.strictEqual((await get(WRITER, 'secret/data/clients/text'))[0], 403);
  assert.deepStrictEqual(await get('sr_wrong', 'secret/data/clients/text'), [403, ['permission denied']]);
  console.log('vault-action is content');
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
