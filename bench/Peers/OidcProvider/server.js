import { generateKeyPairSync, randomUUID } from 'node:crypto';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import { Provider } from 'oidc-provider';

// oidc-provider with its in-memory adapter; a Map in the place of the adapter's cache of 1,000 entries, which would forget codes before they are redeemed.
const settings = JSON.parse(process.argv[2]);
const store = new Map();
const scope = 'assets:view tasks:view';
const opaque = `${settings.Audience}/opaque`;
const basic = { token_endpoint_auth_method: 'client_secret_basic', redirect_uris: [], response_types: [] };
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

const provider = new Provider(settings.Url, {
  adapter: (model) => new MemoryAdapter(model, store),
  jwks: { keys: [{ ...key, alg: 'ES256', use: 'sig', kid: 'bench' }] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  clients: [
    { ...basic, client_id: settings.Key, client_secret: settings.Secret, grant_types: ['client_credentials'] },
    { ...basic, client_id: settings.ApiKey, client_secret: settings.ApiSecret, grant_types: [] },
    {
      client_id: settings.App,
      token_endpoint_auth_method: 'none',
      redirect_uris: [settings.Callback],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ],
  cookies: { keys: [randomUUID()] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  scopes: ['offline_access'],
  routes: { token: '/oauth/token', introspection: '/oauth/introspect' },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => settings.Audience,
      useGrantedResource: () => true,
      // Signed access tokens are not introspected here, so what is to be introspected is of the other kind.
      getResourceServerInfo: (_, resource) => ({
        scope,
        audience: resource,
        accessTokenFormat: resource === opaque ? 'opaque' : 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

// Somebody who is signed in and has allowed the app; the pages for that are no part of this.
provider.use(async (ctx, next) => {
  if (ctx.path !== '/oauth/authorize') return next();
  const client = await provider.Client.find(settings.App);
  const accountId = randomUUID();
  const grant = new provider.Grant({ clientId: client.clientId, accountId });
  grant.addOIDCScope('offline_access');
  grant.addResourceScope(settings.Audience, scope);
  const code = new provider.AuthorizationCode({
    accountId,
    client,
    grantId: await grant.save(),
    gty: 'authorization_code',
    redirectUri: settings.Callback,
    codeChallenge: ctx.query.code_challenge,
    codeChallengeMethod: 'S256',
    scope: `offline_access ${scope}`,
    resource: settings.Audience,
    authTime: Math.floor(Date.now() / 1000),
  });
  return ctx.redirect(`${settings.Callback}?code=${await code.save()}`);
});

const url = new URL(settings.Url);
provider.listen(Number(url.port), url.hostname);
