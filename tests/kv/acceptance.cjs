// What node-vault does with a Vault, at OpenBao and at Strongroom: every line holds at both.

const assert = require('node:assert');
const vault = require(process.argv[2]);

const client = (token) => vault({ endpoint: process.env.VAULT_ADDR, token });
const reader = client(process.env.READER);
const writer = client(process.env.WRITER);
const SECRET = { password: 's3cret', port: 5432, tags: ['a', 'b'], nothing: null };

async function refused(status, message, call) {
  await assert.rejects(call, (error) => {
    assert.strictEqual(error.response?.statusCode ?? error.statusCode, status, error.message);
    assert.ok(error.message.includes(message), error.message);
    return true;
  });
}

async function main() {
  assert.ok((await reader.health()).initialized);
  assert.strictEqual((await reader.tokenLookupSelf()).data.type, 'service');
  const written = await writer.write('secret/data/node/db', { data: SECRET, options: { cas: 0 } });
  assert.strictEqual(written.data.version, 1);
  await refused(400, 'check-and-set', writer.write('secret/data/node/db', { data: {}, options: { cas: 0 } }));
  assert.deepStrictEqual((await reader.read('secret/data/node/db')).data.data, SECRET);
  assert.deepStrictEqual((await reader.list('secret/metadata/node')).data.keys, ['db']);
  await refused(403, 'permission denied', writer.read('secret/data/node/db'));
  await refused(403, 'permission denied', client('sr_wrong').read('secret/data/node/db'));
  await refused(404, '404', reader.read('secret/data/node/none'));
  await writer.update('secret/data/node/db', { data: { port: null, user: 'ada' } });
  const merged = (await reader.read('secret/data/node/db')).data.data;
  assert.deepStrictEqual(merged, { password: 's3cret', tags: ['a', 'b'], nothing: null, user: 'ada' });
  await writer.delete('secret/data/node/db');
  await refused(404, '404', reader.read('secret/data/node/db'));
  await writer.write('secret/undelete/node/db', { versions: [2] });
  assert.strictEqual((await reader.read('secret/data/node/db')).data.metadata.version, 2);
  await writer.write('kv/node/one', { a: '1' });
  assert.deepStrictEqual((await reader.read('kv/node/one')).data, { a: '1' });
  const login = await vault({ endpoint: process.env.VAULT_ADDR }).approleLogin({
    role_id: process.env.ROLE_ID,
    secret_id: process.env.SECRET_ID,
  });
  assert.ok((await client(login.auth.client_token).read('kv/node/one')).data.a);
  console.log('node-vault is content');
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
