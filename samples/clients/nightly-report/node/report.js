// Counts the work orders per status and names the oldest that are still open.
import { setTimeout as sleep } from 'node:timers/promises'
import * as oauth from 'openid-client'

const SPARE_SECONDS = 30 // a token must not end while a request is under way
const PAGE = 100
const MOST_WAITS = 5
const STATUS = { 1: 'in process', 2: 'in review', 3: 'completed', 4: 'cancelled' }
const OPEN = [1, 2]

/** What the person who runs this can do something about; its message is all they see. */
class Failure extends Error {}

function setting(name) {
  if (!process.env[name]) throw new Failure(`${name} is not set.`)
  return process.env[name]
}

// The library sends every request through this. 429 means "later", and Retry-After says when.
async function patientFetch(url, options) {
  for (let waits = 0; ; waits++) {
    const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(30_000) }).catch(() => {
      throw new Failure(`${new URL(url).origin} cannot be reached.`)
    })
    if (answer.status !== 429 || waits === MOST_WAITS) return answer
    await sleep(1000 * (Number(answer.headers.get('retry-after')) || 1))
  }
}

async function connect() {
  const issuer = new URL(setting('API_CONNECTIONS_ISSUER'))
  const authentication = oauth.ClientSecretBasic(setting('API_CONNECTIONS_SECRET'))
  const config = await oauth.discovery(issuer, setting('API_CONNECTIONS_KEY'), undefined, authentication, {
    algorithm: 'oauth2', // the metadata of RFC 8414, not OpenID Connect's
    [oauth.customFetch]: patientFetch,
    // Without TLS everybody on the way reads the secret: on this machine only.
    execute: ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname) ? [oauth.allowInsecureRequests] : [],
  }).catch((error) => {
    throw error.cause instanceof Failure ? error.cause : new Failure(`${issuer.origin} has no metadata; check API_CONNECTIONS_ISSUER.`)
  })

  let token
  return {
    async token() {
      if ((token?.expiresIn() ?? 0) < SPARE_SECONDS) token = await oauth.clientCredentialsGrant(config).catch(explain)
      return token.access_token
    },
    forget: () => (token = undefined),
    get: (url, accessToken) => oauth.fetchProtectedResource(config, accessToken, new URL(url), 'GET'),
  }
}

// A refusal comes as a challenge (401, 403) or as a body (the others).
const errorOf = (refusal) => refusal.cause?.[0]?.parameters?.error ?? refusal.error

function explain(refusal) {
  if (refusal instanceof oauth.WWWAuthenticateChallengeError || errorOf(refusal) === 'invalid_client')
    throw new Failure(
      'API Connections refuses the key and secret (invalid_client): check API_CONNECTIONS_KEY and API_CONNECTIONS_SECRET, and that the consumer is enabled.')
  if (refusal instanceof oauth.ResponseBodyError) throw new Failure(`API Connections gives no token (${refusal.error}).`)
  throw refusal
}

async function page(connection, url, mayRetry = true) {
  const token = await connection.token()
  try {
    const answer = await connection.get(url, token)
    if (!answer.ok) throw new Failure(`${new URL(url).pathname} answers ${answer.status}.`)
    return await answer.json()
  } catch (refusal) {
    if (!(refusal instanceof oauth.WWWAuthenticateChallengeError)) throw refusal
    if (errorOf(refusal) === 'insufficient_scope')
      throw new Failure('The consumer may not read work orders (insufficient_scope): its permission group needs tasks:view.')
    if (errorOf(refusal) !== 'invalid_token' || !mayRetry) throw new Failure(`${new URL(url).pathname} answers ${refusal.status}.`)
    connection.forget() // revoked, or the signing keys changed: a new token may be fine
    return page(connection, url, false)
  }
}

async function workOrders(connection, api) {
  const all = []
  for (;;) {
    const { data, total } = await page(connection, `${api}/work_orders?start=${all.length}&limit=${PAGE}`)
    all.push(...data)
    if (data.length === 0 || all.length >= total) return all
  }
}

function report(orders) {
  const open = orders.filter((order) => OPEN.includes(order.ot_status))
  console.log(`${orders.length} work orders, ${open.length} of them open:`)
  for (const [number, name] of Object.entries(STATUS))
    console.log(`${orders.filter((order) => order.ot_status === Number(number)).length}`.padStart(6), name)
  console.log('\nThe oldest that are open:')
  for (const order of open.sort((a, b) => new Date(a.creation_date) - new Date(b.creation_date)).slice(0, 5))
    console.log(`${order.folio}  ${order.creation_date.slice(0, 10)}  ${STATUS[order.ot_status].padEnd(10)}  ${order.description}`)
}

try {
  const api = setting('MAINTENANCE_API')
  report(await workOrders(await connect(), api))
} catch (error) {
  const failure = [error, error.cause].find((one) => one instanceof Failure)
  console.error(failure?.message ?? `The report failed: ${error.message}`)
  process.exitCode = 1
}
