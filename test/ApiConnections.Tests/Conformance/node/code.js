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
const answer = API ? (await client.fetchProtectedResource(config, tokens.access_token, new URL(API + '/whoami'), 'GET')).status : 0
console.log(JSON.stringify({ scope: tokens.scope, refresh: typeof tokens.refresh_token, expires_in: tokens.expires_in, access_token: tokens.access_token, answer }))
process.exit(0)
