// A real OpenID Connect provider with one client and the accounts that a test gives it, started by
// `tests/src/provider.rs`.
// Arguments: the module of `oidc-provider`, the client's id, its secret, the port. Prints its issuer, and ends with its
// input.
//
// `PUT /` tells it, as JSON, what to know and how to misbehave, and answers with what only it and the client may know:
// `accounts` are claims by `sub`; `id_token` and `userinfo` replace claims; `header` replaces fields of the ID token's
// header; `foreign_key` signs with a key that it has not published.

import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const [module, client_id, client_secret, port] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(module));
const [key, foreignKey] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const told = { accounts: {}, id_token: {}, userinfo: {}, header: {}, foreign_key: false };
const confidential = [];

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url'));

/** The same token with the claims, the header and the signature that the test wants. */
function changed(token) {
  const [header, claims] = token.split('.').slice(0, 2).map(decoded);
  const body = `${base64url({ ...header, ...told.header })}.${base64url({ ...claims, ...told.id_token })}`;
  if (told.header.alg === 'none') return `${body}.`;
  return `${body}.${sign('sha256', body, told.foreign_key ? foreignKey : key).toString('base64url')}`;
}

const FORM = `<!doctype html><title>Provider</title><link rel="icon" href="data:,"><form method="post">
  <label for="account">Account</label> <input id="account" name="account">
  <button>Continue</button> <button name="cancel" value="yes">Cancel</button></form>`;

const server = createServer().listen(port, '127.0.0.1', () => {
  // Another site than the server under test, which is at 127.0.0.1, so that cookies are as strict as they would be.
  const provider = new Provider(`http://localhost:${server.address().port}`, {
    clients: [{
      client_id,
      client_secret,
      token_endpoint_auth_method: 'client_secret_basic',
      application_type: 'native', // Any port of the loopback address will do.
      redirect_uris: ['http://127.0.0.1/log-in/oidc/callback'],
    }],
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
    } else if (!ctx.path.startsWith('/interaction/')) {
      await next();
      if (ctx.oidc?.route === 'userinfo') Object.assign(ctx.body, told.userinfo);
      if (ctx.oidc?.route === 'token' && ctx.body.id_token) {
        ctx.body.id_token = changed(ctx.body.id_token);
        confidential.push(ctx.body.id_token, ctx.body.access_token, ctx.oidc.params.code_verifier);
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
