/** HTTP in, HTTP out: turns requests into `Incoming`, and an `Outcome` into bytes. */
import { setMaxListeners } from 'node:events'
import corsPlugin, { type FastifyCorsOptionsDelegateCallback } from '@fastify/cors'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { AdminOptions } from '../admin/app.ts'
import type { Gate } from '../admin/auth.ts'
import { reportHealth, reportReadiness } from '../admin/health.ts'
import { HTML_HEADERS, prefersHtml, writeLandingPage } from '../admin/landing-page.ts'
import { Problem } from '../errors.ts'
import type { Headers, Incoming, Outcome } from '../exchange/exchange.ts'
import { ADMIN, BODY_LIMIT, JSON_TYPE, sandboxHeaders } from '../exchange/http.ts'
import { withoutCodes } from '../journal/mask.ts'
import { handle } from '../pipeline/pipeline.ts'
import { problemOutcome } from '../pipeline/refuse.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { breakConnection, refuseBytes } from './broken-connections.ts'
import type { TlsPair } from './certificate.ts'
import { corsOptionsOf } from './cors.ts'
import { EventLoopBatch } from './event-loop-batch.ts'

/** Real ms in which a client must have sent its whole request. */
export const REQUEST_TIMEOUT = 60_000

export interface ServerOptions {
  readonly sandbox: Sandbox
  readonly cors: boolean
  /** Who may use the admin API. */
  readonly admin: Gate
  /** Serves HTTPS with it. */
  readonly pair?: TlsPair | undefined
}

/** A server that is not listening yet. */
export async function makeServer({
  sandbox,
  cors,
  admin,
  pair,
}: ServerOptions): Promise<FastifyInstance> {
  const stopping = new AbortController()
  // Every delayed response listens to it.
  setMaxListeners(0, stopping.signal)
  const serve = makeHandler(sandbox, stopping.signal)
  const app = fastify({
    ...(pair && { https: pair }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    // The pipeline logs each request, with what the sandbox knows of it.
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // Every path but the admin's belongs to the mocked APIs; their router is the contract.
    rewriteUrl: ({ method, url = '/', headers }) => {
      if (isAdmin(url)) return url
      if (isRoot(url) && prefersHtml(method, headers) && !hasRoot(sandbox)) return LANDING
      return cors && headers.origin !== undefined ? BROWSER : PLAIN
    },
    clientErrorHandler: refuseBytes,
    // A path that cannot be decoded; those of the mocked APIs do not come here.
    frameworkErrors: (error, _, reply) => {
      send(reply, problemOutcome(new Problem('bad-http', error.message)))
    },
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    return isAdmin(request.originalUrl)
      ? delegate(api, request, reply)
      : serve(request, reply, error)
  })
  app.addHook('preClose', async () => stopping.abort())
  await app.register(async (scope) => routeMockedApis(scope, PLAIN, serve))
  app.get(LANDING, (_, reply) => reply.headers(HTML_HEADERS).send(writeLandingPage(sandbox)))
  const browser = async (scope: FastifyInstance) => {
    const options = corsOptionsOf(sandbox)
    const delegate: FastifyCorsOptionsDelegateCallback = (_, callback) => callback(null, options())
    await scope.register(corsPlugin, () => delegate)
    routeMockedApis(scope, '/', serve)
  }
  // The plugin answers OPTIONS for everything below its prefix: the admin API must not be.
  await app.register(browser, { prefix: BROWSER })
  const api = makeLazy(() => loadAdmin({ sandbox, gate: admin, stopping: stopping.signal }))
  await app.register(async (scope) => routeAdmin(scope, sandbox, api), { prefix: ADMIN })
  app.addHook('onClose', async () => (await api.started())?.close())
  app.setNotFoundHandler((request, reply) => {
    // A method that the framework has no route for is still the contract's to refuse.
    return isAdmin(request.originalUrl) ? delegate(api, request, reply) : serve(request, reply)
  })
  return app
}

/** Where all requests for the mocked APIs go: those of web pages pass the CORS plugin first. */
const PLAIN = '/'
const BROWSER = '/browser/'

/** Where a browser goes that opens the address of the sandbox itself. */
const LANDING = '/landing'
const isRoot = (url: string) => url === '/' || url.startsWith('/?')
/** A mocked API may have something at `/`; then it answers. */
const hasRoot = ({ apis }: Sandbox) => apis.router.match('GET', '/').kind === 'found'

const ADMIN_URL = new RegExp(`^${ADMIN}(?:[/?]|$)`)
const isAdmin = (url: string) => ADMIN_URL.test(url)

/** Serves a request; `error` is what the framework found wrong with it. */
type Handler = (
  request: FastifyRequest,
  reply: FastifyReply,
  error?: FastifyError,
) => Promise<FastifyReply>

function routeMockedApis(scope: FastifyInstance, url: string, serve: Handler): void {
  // The contract says how bodies are read, not the framework.
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  scope.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (_, body, done) => done(null, body))
  scope.route({
    method: scope.supportedMethods,
    url,
    handler: (request, reply) => serve(request, reply),
  })
}

type AdminApi = Lazy<FastifyInstance>

interface Lazy<T> {
  get(): Promise<T>
  /** Undefined if nobody has asked for it yet. */
  started(): Promise<T> | undefined
}

function makeLazy<T>(make: () => Promise<T>): Lazy<T> {
  let started: Promise<T> | undefined
  return {
    get: () => {
      started ??= make()
      return started
    },
    started: () => started,
  }
}

/** Loaded when it is first asked for: loading it would double the duration of a start. */
async function loadAdmin(options: AdminOptions): Promise<FastifyInstance> {
  const { makeAdmin } = await import('../admin/app.ts')
  return makeAdmin(options)
}

/** Health and readiness are answered at once; everything else is a server of its own. */
function routeAdmin(scope: FastifyInstance, sandbox: Sandbox, api: AdminApi): void {
  scope.get('/health', OF_PROBES, async () => reportHealth())
  scope.get('/ready', OF_PROBES, async (_, reply) => {
    try {
      return await reportReadiness(sandbox)
    } catch (error) {
      if (error instanceof Problem) return send(reply, problemOutcome(error))
      throw error
    }
  })
  scope.removeAllContentTypeParsers()
  // The other server reads the body.
  scope.addContentTypeParser('*', (_request, _body, done) => done(null))
  for (const url of ['', '/*'])
    scope.route({
      method: scope.supportedMethods,
      url,
      handler: (request, reply) => delegate(api, request, reply),
    })
}

/** Probes may use HEAD, and have no token. */
const OF_PROBES = { exposeHeadRoute: true }

async function delegate(api: AdminApi, request: FastifyRequest, reply: FastifyReply) {
  const { routing } = await api.get()
  reply.hijack()
  routing(request.raw, reply.raw)
}

function makeHandler(sandbox: Sandbox, stopping: AbortSignal): Handler {
  const arrivals = new EventLoopBatch()
  const departures = new EventLoopBatch()
  return async (request, reply, error) => {
    if (isPreflight(request)) return reply.code(204).send()
    const incoming = toIncoming(sandbox, request, error)
    await arrivals.next()
    const { session, outcome } = await handle(sandbox, incoming)
    await departures.next()
    if (outcome.delay > 0) await sandbox.clock.sleep(outcome.delay, stopping)
    // Nothing is sent before the response is: that begins in a later turn.
    sandbox.notify(session, outcome.notices)
    if (outcome.fault) return breakConnection(outcome.fault, reply, stopping)
    return send(
      reply.headers(sandboxHeaders(session, hideCodes(sandbox, session, outcome))),
      outcome,
    )
  }
}

/** Reasons repeat what was sent: a code among it is hidden, as in the journal. */
function hideCodes({ journal }: Sandbox, session: string, outcome: Outcome): Outcome {
  const { reasons } = outcome
  if (reasons.length === 0) return outcome
  return { ...outcome, reasons: withoutCodes(reasons, journal.codes(session)) }
}

const isPreflight = ({ method, headers }: FastifyRequest) =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined

function toIncoming(sandbox: Sandbox, request: FastifyRequest, error?: FastifyError): Incoming {
  const { method, originalUrl: url, headers, body } = request
  const mark = url.indexOf('?')
  return {
    method,
    target: mark < 0 ? url : url.slice(0, mark),
    rawQuery: mark < 0 ? undefined : url.slice(mark + 1),
    headers: headers as Headers,
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : undefined,
    receivedAt: sandbox.clock.now(),
    ...(error && { bodyError: toBodyError(error) }),
  }
}

/** An error of the framework about a body, as the pipeline knows it. */
function toBodyError(error: FastifyError): NonNullable<Incoming['bodyError']> {
  if (error.statusCode === 413) {
    const reason = `the body is larger than ${BODY_LIMIT} bytes`
    return { kind: 'tooLarge', reason }
  }
  if (error.statusCode === 415) return { kind: 'unsupportedMediaType', reason: error.message }
  return { kind: 'malformed', reason: error.message }
}

function send(reply: FastifyReply, { status, headers, body }: Outcome): FastifyReply {
  reply.code(status)
  reply.headers(headers)
  // A serializer of our own: the framework's would add a charset that the contract does not name.
  return body === undefined ? reply.send() : reply.serializer(rawSerializer).send(body)
}

const rawSerializer = (body: unknown) => body as string
