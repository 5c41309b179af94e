// A protected API: checks access tokens with a stock JWT library and follows the revocation feed.
// ISSUER, AUDIENCE, API_KEY, API_SECRET and PORT come from the environment.
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { ISSUER, AUDIENCE, API_KEY, API_SECRET, PORT } = process.env;
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`));
const form = text => encodeURIComponent(text); // RFC 6749 s2.3.1
const basic = 'Basic ' + Buffer.from(`${form(API_KEY)}:${form(API_SECRET)}`).toString('base64');

const revoked = new Map(); // "kind subject" -> what the feed said last
let [lastId, isReady, heardAt] = ['', false, 0];

function hear({ event, id, data }) {
  [lastId, heardAt] = [id, Date.now()];
  const said = JSON.parse(data);
  if (event === 'reset') {
    revoked.clear();
    isReady = false;
  } else if (event === 'revoked') {
    revoked.set(`${said.kind} ${said.subject}`, { generation: said.generation, sequence: Number(id.split('-')[1]) });
  } else if (event === 'ready') {
    isReady = true;
  } else if (event === 'horizon') {
    for (const [what, { sequence }] of revoked) if (sequence <= said.sequence) revoked.delete(what);
  }
}

async function listen() {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), 3000); // a heartbeat comes every second
  const headers = { authorization: basic, ...(lastId ? { 'last-event-id': lastId } : {}) };
  const answer = await fetch(`${ISSUER}/oauth/revocations`, { headers, signal: silence.signal });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  let rest = '';
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), 3000);
    const frames = (rest + part).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) hear(Object.fromEntries(frame.split('\n').map(line => line.split(/: (.*)/s, 2))));
  }
}

async function follow() {
  for (;;) {
    await listen().catch(error => console.error(`The revocation feed broke: ${error.message}`));
    await new Promise(done => setTimeout(done, 200 + Math.random() * 800)); // not all at once
  }
}

function isRevoked(claims, kid) {
  const has = (kind, subject) => revoked.has(`${kind} ${subject}`);
  const below = (kind, subject, generation) => generation < (revoked.get(`${kind} ${subject}`)?.generation ?? 0);
  const [company, consumer, user] = claims.gen;
  return has('key', kid) || has('token', claims.jti) || has('authorization', claims.authorization_id) || has('family', claims.family_id)
    || below('company', claims.company, company) || below('consumer', claims.client_id, consumer) || below('user', claims.sub, user);
}

async function check(authorization, scope) {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '') ?? [];
  if (!token) return [401, 'Bearer'];
  // Not 401: a client throws its token away for that.
  if (!isReady || Date.now() - heardAt > 5000) return [503];
  const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], typ: 'at+jwt', clockTolerance: 10 };
  const verified = await jwtVerify(token, keys, options).catch(() => null);
  if (!verified || isRevoked(verified.payload, verified.protectedHeader.kid)) return [401, 'Bearer error="invalid_token"'];
  if (!verified.payload.scope.split(' ').includes(scope)) return [403, `Bearer error="insufficient_scope", scope="${scope}"`];
  return [200];
}

createServer(async (request, response) => {
  const [status, challenge] = await check(request.headers.authorization, 'tasks:view');
  if (challenge) response.setHeader('WWW-Authenticate', challenge);
  if (status === 503) response.setHeader('Retry-After', '1');
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(status === 200 ? { work_orders: ['Replace filter'] } : { status }));
}).listen(Number(PORT), '127.0.0.1', () => console.log(`The API listens on http://127.0.0.1:${PORT}`));
follow();
