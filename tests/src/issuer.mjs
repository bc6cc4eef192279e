// An issuer of workloads' tokens, as GitHub Actions, GitLab and Kubernetes have one, started by `tests/src/issuer.rs`. Prints
// its address, and ends with its input.
//
// `GET /.well-known/openid-configuration` and `GET /keys` are what a server asks for. `POST /sign` answers a token with the
// header and the claims of its body, signed as `alg` says by the key that `kid` names: `foreign` is one that it does not
// publish. `GET /requests` answers how often its keys were asked for, and `PUT /down` makes it
// answer 503 to a server.

import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const keys = {
  rs: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  es: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  es384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ed: generateKeyPairSync('ed25519'),
};
let [requests, down] = [0, false];
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });

const kid = (name) => (name === 'foreign' ? 'rs' : name);
const published = () => Object.entries(keys).map(([name, { publicKey }]) => (
  { ...publicKey.export({ format: 'jwk' }), kid: name, use: 'sig' }));

const signature = (alg, name, data) => {
  const pair = name === 'foreign' ? foreign : keys[name];
  const [family, hash] = [alg.slice(0, 2), `sha${alg.slice(2)}`];
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  switch (family) {
    case 'no': return Buffer.alloc(0);
    // With the public key as the secret, which everybody knows.
    case 'HS': return createHmac(hash, pair.publicKey.export({ type: 'spki', format: 'pem' })).update(data).digest();
    case 'Ed': return sign(null, data, pair.privateKey);
    case 'ES': return sign(hash, data, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
    case 'PS': return sign(hash, data, { key: pair.privateKey, ...pss });
    default: return sign(hash, data, pair.privateKey);
  }
};

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = ({ alg = 'RS256', key = 'rs', header = {}, claims }) => {
  const now = Math.floor(Date.now() / 1000);
  const head = base64url({ alg, kid: kid(key), typ: 'JWT', ...header });
  const body = base64url({ iss: issuer, iat: now, nbf: now, exp: now + 300, sub: 'a workload', ...claims });
  return `${head}.${body}.${signature(alg, key, Buffer.from(`${head}.${body}`)).toString('base64url')}`;
};

const answer = async (request) => {
  const url = new URL(request.url, issuer);
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /.well-known/openid-configuration':
      return down ? null : { issuer, jwks_uri: `${issuer}/keys` };
    case 'GET /keys':
      requests += 1;
      return down ? null : { keys: published() };
    case 'POST /sign':
      return { token: token(await json(request)) };
    case 'PUT /down':
      down = await json(request);
      return {};
    case 'GET /requests':
      return { requests };
    default:
      return null;
  }
};

const server = createServer(async (request, response) => {
  const body = await answer(request);
  response.writeHead(body ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
let issuer;
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(issuer);
});
process.stdin.resume().on('end', () => process.exit());
