// A real OpenID Connect provider with the accounts that a test gives it, started by
// `tests/src/provider.rs`.
// Arguments: the module of `oidc-provider`, the client's id, its secret, the port. Prints its issuer, and ends with its
// input. There is a second client, with `-post` behind its id, that sends its secret in the body alone.
//
// `PUT /` tells it, as JSON, what to know and how to differ from the standard, as other providers do, or to misbehave. It
// answers with what only it and the client may know:
// `accounts` are claims by `sub`; `id_token`, `userinfo`, `token` and `document` replace fields of what it answers; `drop`
// takes claims out of the ID token; `header` replaces fields of the ID token's header, and with `alg` and `kid` chooses
// the key; `keys` come before its own; `late` is how many seconds ago the ID token expired; `foreign_key` signs with a key
// that it has not published.

import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const [module, client_id, client_secret, port] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(module));
const [key, foreignKey] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed = generateKeyPairSync('ed25519').privateKey;
const told = {
  accounts: {}, id_token: {}, drop: [], userinfo: {}, token: {}, document: {}, keys: [], header: {}, late: null,
  foreign_key: false,
};
const confidential = [];

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url'));

const published = (key, kid, alg) => {
  const { d, p, q, dp, dq, qi, ...open } = key.export({ format: 'jwk' });
  return { ...open, use: 'sig', kid, alg };
};

/** The keys for the algorithms that the library is not set to sign with. */
const odd = published(ed, 'ed', 'Ed25519');
const others = [
  published(key, 'ps', 'PS256'), published(ec, 'ec', 'ES256'),
  { ...odd, x: `${odd.x}=`, x5c: 'AQAB', x5t: ['AQAB'] },
];

function signature(alg, body) {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  switch (alg) {
    case 'none': return Buffer.alloc(0);
    case 'PS256': return sign('sha256', body, { key, ...pss });
    case 'ES256': return sign('sha256', body, { key: ec, dsaEncoding: 'ieee-p1363' });
    case 'EdDSA': return sign(null, body, ed);
    case 'HS256': return createHmac('sha256', client_secret).update(body).digest();
    default: return sign('sha256', body, told.foreign_key ? foreignKey : key);
  }
}

/** The same token with the claims, the header and the signature that the test wants. */
function changed(token) {
  const [header, claims] = token.split('.').slice(0, 2).map(decoded);
  const wanted = { ...header, ...told.header };
  if (told.late !== null) claims.exp = Math.floor(Date.now() / 1000) - told.late;
  const left = Object.entries({ ...claims, ...told.id_token }).filter(([name]) => !told.drop.includes(name));
  const body = `${base64url(wanted)}.${base64url(Object.fromEntries(left))}`;
  return `${body}.${signature(wanted.alg, Buffer.from(body)).toString('base64url')}`;
}

/** The client that authenticates by a header, if one does. */
const sender = (ctx) => Buffer.from(ctx.get('authorization').replace(/^Basic /, ''), 'base64').toString().split(':')[0];

const FORM = `<!doctype html><title>Provider</title><link rel="icon" href="data:,"><form method="post">
  <label for="account">Account</label> <input id="account" name="account">
  <button>Continue</button> <button name="cancel" value="yes">Cancel</button></form>`;

const server = createServer().listen(port, '127.0.0.1', () => {
  // Another site than the server under test, which is at 127.0.0.1, so that cookies are as strict as they would be.
  const provider = new Provider(`http://localhost:${server.address().port}`, {
    clients: ['basic', 'post'].map((method) => ({
      client_id: method === 'post' ? `${client_id}-post` : client_id,
      client_secret,
      token_endpoint_auth_method: `client_secret_${method}`,
      application_type: 'native', // Any port of the loopback address will do.
      redirect_uris: ['', '/strongroom'].map((path) => `http://127.0.0.1${path}/log-in/oidc/callback`),
    })),
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    jwks: { keys: [{ ...key.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: `key ${process.pid}` }] },
    cookies: { keys: ['for tests only'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, sub) => told.accounts[sub] && { accountId: sub, claims: () => ({ sub, ...told.accounts[sub] }) },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '));
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    if (ctx.method === 'PUT') {
      Object.assign(told, await json(ctx.req));
      ctx.body = confidential;
    } else if (ctx.path === '/token' && sender(ctx) === `${client_id}-post`) {
      // The library itself accepts the secret in either place.
      ctx.status = 401;
      ctx.body = { error: 'invalid_client' };
    } else if (!ctx.path.startsWith('/interaction/')) {
      await next();
      const route = ctx.oidc?.route;
      if (route === 'userinfo') Object.assign(ctx.body, told.userinfo);
      if (route === 'discovery') Object.assign(ctx.body, told.document);
      if (route === 'jwks') ctx.body = { keys: [...told.keys, ...ctx.body.keys, ...others] };
      if (route === 'token' && ctx.body.id_token) {
        ctx.body.id_token = changed(ctx.body.id_token);
        confidential.push(ctx.body.id_token, ctx.body.access_token, ctx.oidc.params.code_verifier);
        Object.assign(ctx.body, told.token);
      }
    } else if (ctx.method === 'GET') {
      ctx.body = FORM;
    } else {
      const form = new URLSearchParams(await text(ctx.req));
      const login = { login: { accountId: form.get('account') }, consent: {} };
      const result = form.has('cancel') ? { error: 'access_denied' } : login;
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
      ctx.status = 303;
    }
  });
  server.on('request', provider.callback());
  console.log(provider.issuer);
});
process.stdin.on('end', () => process.exit()).resume();
