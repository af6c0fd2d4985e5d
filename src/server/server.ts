/** HTTP in, HTTP out: turns sockets into exchanges and answers into bytes. Knows no behaviour. */
import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import corsPlugin, {
  type FastifyCorsOptions,
  type FastifyCorsOptionsDelegateCallback,
} from '@fastify/cors'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { AdminOptions } from '../admin/app.ts'
import type { Gate } from '../admin/auth.ts'
import { reportHealth, reportReadiness } from '../admin/health.ts'
import { Problem } from '../errors.ts'
import type { Headers, Incoming, Outcome } from '../exchange/exchange.ts'
import { ADMIN, BODY_LIMIT, EXPOSED, JSON_TYPE, signature } from '../exchange/http.ts'
import { handle } from '../pipeline/pipeline.ts'
import { problemAnswer } from '../pipeline/refuse.ts'
import type { Apis, Sandbox } from '../sandbox/sandbox.ts'
import type { ConnectionFault } from '../scenario/model.ts'
import { Turns } from './event-loop-batch.ts'
import type { Pair } from './tls.ts'

/** Real ms in which a client must have sent its whole request. */
export const REQUEST_TIMEOUT = 60_000

export interface ServerOptions {
  readonly sandbox: Sandbox
  readonly cors: boolean
  /** Who may use the admin API. */
  readonly admin: Gate
  /** Serves HTTPS with it. */
  readonly pair?: Pair | undefined
}

/** A server that is not listening yet. */
export async function makeServer({
  sandbox,
  cors,
  admin,
  pair,
}: ServerOptions): Promise<FastifyInstance> {
  const stopping = new AbortController()
  // Every delayed answer waits for it, too.
  setMaxListeners(0, stopping.signal)
  const app = fastify({
    ...(pair && { https: pair }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    // The pipeline writes one line for each request, with what the sandbox knows of it.
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // Every path but the admin's belongs to the mocked APIs; their router is the contract.
    rewriteUrl: ({ url = '/', headers }) => {
      if (isAdmin(url)) return url
      return cors && headers.origin !== undefined ? BROWSER : PLAIN
    },
    clientErrorHandler: refuseBytes,
    // A path that cannot be decoded; those of the mocked APIs do not come here.
    frameworkErrors: (error, _, reply) => {
      send(reply, problemAnswer(new Problem('bad-http', error.message)))
    },
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (!isAdmin(request.originalUrl)) return serve(sandbox, request, reply, stopping.signal, error)
    return passedOn(api, request, reply)
  })
  app.addHook('preClose', async () => stopping.abort())
  await app.register(async (scope) => mocked(scope, PLAIN, sandbox, stopping.signal))
  const browser = async (scope: FastifyInstance) => {
    const options = corsOptions(sandbox)
    const told: FastifyCorsOptionsDelegateCallback = (_, callback) => callback(null, options())
    await scope.register(corsPlugin, () => told)
    mocked(scope, '/', sandbox, stopping.signal)
  }
  // The plugin answers OPTIONS for everything below its prefix: the admin API must not be.
  await app.register(browser, { prefix: BROWSER })
  const api = lazily(() => adminApi({ sandbox, gate: admin, stopping: stopping.signal }))
  await app.register(async (scope) => administered(scope, sandbox, api), { prefix: ADMIN })
  app.addHook('onClose', async () => (await api.made())?.close())
  app.setNotFoundHandler((request, reply) => {
    // A method that the framework has no route for is still the contract's to refuse.
    if (isAdmin(request.originalUrl)) return passedOn(api, request, reply)
    return serve(sandbox, request, reply, stopping.signal)
  })
  return app
}

/** Where all requests for the mocked APIs go: those of web pages pass the CORS plugin first. */
const PLAIN = '/'
const BROWSER = '/browser/'

const ADMINS = new RegExp(`^${ADMIN}(?:[/?]|$)`)
const isAdmin = (url: string) => ADMINS.test(url)

function mocked(
  scope: FastifyInstance,
  url: string,
  sandbox: Sandbox,
  stopping: AbortSignal,
): void {
  // Bodies are read by the contract's rules, not by the framework's.
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  scope.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (_, body, done) => done(null, body))
  scope.route({
    method: scope.supportedMethods,
    url,
    handler: (request, reply) => serve(sandbox, request, reply, stopping),
  })
}

type AdminApi = Lazy<FastifyInstance>

interface Lazy<T> {
  get(): Promise<T>
  /** Undefined where nobody asked yet. */
  made(): Promise<T> | undefined
}

function lazily<T>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | undefined
  return {
    get: () => {
      made ??= make()
      return made
    },
    made: () => made,
  }
}

/** Loaded when it is first asked for: what it takes would double the time that a start takes. */
async function adminApi(options: AdminOptions): Promise<FastifyInstance> {
  const { makeAdmin } = await import('../admin/app.ts')
  return makeAdmin(options)
}

/** Health and readiness are answered at once; everything else is a server of its own. */
function administered(scope: FastifyInstance, sandbox: Sandbox, api: AdminApi): void {
  scope.get('/health', OF_PROBES, async () => reportHealth())
  scope.get('/ready', OF_PROBES, async (_, reply) => {
    try {
      return await reportReadiness(sandbox)
    } catch (error) {
      if (error instanceof Problem) return send(reply, problemAnswer(error))
      throw error
    }
  })
  scope.removeAllContentTypeParsers()
  // Its body is for the other server to read.
  scope.addContentTypeParser('*', (_request, _body, done) => done(null))
  for (const url of ['', '/*'])
    scope.route({
      method: scope.supportedMethods,
      url,
      handler: (request, reply) => passedOn(api, request, reply),
    })
}

/** Probes may ask with HEAD, and know no token. */
const OF_PROBES = { exposeHeadRoute: true }

async function passedOn(api: AdminApi, request: FastifyRequest, reply: FastifyReply) {
  const { routing } = await api.get()
  reply.hijack()
  routing(request.raw, reply.raw)
}

/** What the plugin is told at each request: documents that are loaded anew may bring headers. */
function corsOptions(sandbox: Sandbox): () => FastifyCorsOptions {
  let known: { readonly apis: Apis; readonly options: FastifyCorsOptions } | undefined
  return () => {
    const { apis } = sandbox
    if (known?.apis !== apis) known = { apis, options: corsOptionsOf(apis) }
    return known.options
  }
}

function corsOptionsOf({ byName }: Apis): FastifyCorsOptions {
  const declared = [...byName.values()].flatMap(({ contract }) =>
    [...contract.operations.values()].flatMap(({ responses }) =>
      [...responses.values()].flatMap(({ headers }) =>
        [...headers.values()].map(({ name }) => name),
      ),
    ),
  )
  return {
    origin: true,
    credentials: true,
    exposedHeaders: [...new Set([...EXPOSED, ...declared])],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: 600,
    // The preflight's headers are the plugin's; whether a path exists is not asked.
    strictPreflight: false,
    preflightContinue: true,
  }
}

const arrivals = new Turns()
const departures = new Turns()

async function serve(
  sandbox: Sandbox,
  request: FastifyRequest,
  reply: FastifyReply,
  stopping: AbortSignal,
  error?: FastifyError,
): Promise<FastifyReply> {
  if (isPreflight(request)) return reply.code(204).send()
  const incoming = incomingOf(sandbox, request, error)
  await arrivals.next()
  const { session, outcome } = await handle(sandbox, incoming)
  await departures.next()
  if (outcome.delay > 0) await sandbox.clock.sleep(outcome.delay, stopping)
  if (outcome.fault) return broken(outcome.fault, reply, stopping)
  return send(reply.headers(signature(session, outcome)), outcome)
}

const isPreflight = ({ method, headers }: FastifyRequest) =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined

function incomingOf(sandbox: Sandbox, request: FastifyRequest, error?: FastifyError): Incoming {
  const body = request.body
  return {
    method: request.method,
    url: request.originalUrl,
    headers: request.headers as Headers,
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : undefined,
    receivedAt: sandbox.clock.now(),
    ...(error && { refused: refusedBody(error) }),
  }
}

/** What the framework found wrong with a body, in the pipeline's words. */
function refusedBody(error: FastifyError): NonNullable<Incoming['refused']> {
  if (error.statusCode === 413) {
    const reason = `the body is larger than ${BODY_LIMIT} bytes`
    return { answer: 'tooLarge', reason }
  }
  if (error.statusCode === 415) return { answer: 'unsupportedMediaType', reason: error.message }
  return { answer: 'malformed', reason: error.message }
}

function send(reply: FastifyReply, { status, headers, body }: Outcome): FastifyReply {
  reply.code(status)
  reply.headers(headers)
  // A serializer of our own: the framework's would add a charset that the contract does not name.
  return body === undefined ? reply.send() : reply.serializer(asItIs).send(body)
}

const asItIs = (body: unknown) => body as string

/** Not HTTP, so that a client must report a broken answer. */
const GARBAGE = '\u0000\u0001garbage, as the scenario wants it\r\n\r\n'

/** Breaks the connection as a scenario wants it; the answer is never sent. */
function broken(fault: ConnectionFault, reply: FastifyReply, stopping: AbortSignal): FastifyReply {
  reply.hijack()
  const socket = reply.raw.socket
  if (!socket) return reply
  if (fault === 'reset') belowTls(socket).resetAndDestroy()
  else if (fault === 'empty') socket.end()
  else if (fault === 'garbage') socket.end(GARBAGE)
  else if (stopping.aborted) socket.destroy()
  else stopping.addEventListener('abort', () => socket.destroy(), { once: true })
  return reply
}

/** Only the connection that TLS wraps can be reset; the one around it would throw. */
const belowTls = (socket: Socket): Socket =>
  (socket as { readonly _parent?: Socket | null })._parent ?? socket

/** Bytes that are not HTTP, or headers beyond all measure: the parser gives up before any route. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const large = error.code === 'HPE_HEADER_OVERFLOW'
  const problem = large
    ? new Problem('header-too-large', 'the headers of the request are larger than 16 KiB')
    : new Problem('bad-http', `the request could not be read: ${error.message}`)
  const body = JSON.stringify(problem)
  const line = large ? '431 Request Header Fields Too Large' : '400 Bad Request'
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
