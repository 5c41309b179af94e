// A stock client: discovery, authorization code with PKCE, one call. Prints the address to open, reads the address that the browser was sent back to.
import { createInterface } from 'node:readline/promises'
import * as client from 'openid-client'

const { ISSUER, KEY, SECRET, REDIRECT_URI, SCOPE, API } = process.env
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

const config = await client.discovery(new URL(ISSUER), KEY, undefined, SECRET ? client.ClientSecretBasic(SECRET) : client.None(), {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests], // loopback without TLS
})
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
console.log(client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT_URI,
  scope: SCOPE,
  state,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
}).href)

const back = new URL((await lines.next()).value)
const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state })
// The refresh token gives new ones, and is then given back.
const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
await client.tokenRevocation(config, fresh.refresh_token)
const after = await client.refreshTokenGrant(config, fresh.refresh_token).then(() => 'issued', (e) => e.error)
const looked = SECRET ? (await client.tokenIntrospection(config, fresh.access_token)).active : 'no secret'
const answer = API ? (await client.fetchProtectedResource(config, tokens.access_token, new URL(API + '/whoami'), 'GET')).status : 0
console.log(JSON.stringify({ scope: tokens.scope, refresh: typeof tokens.refresh_token, expires_in: tokens.expires_in, access_token: tokens.access_token, answer,
  rotated: fresh.refresh_token !== tokens.refresh_token, fresh_scope: fresh.scope, after, looked }))
process.exit(0)
