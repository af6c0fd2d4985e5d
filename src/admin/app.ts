/** The admin API as a Fastify app of its own; the sandbox's server delegates requests to it. */
import swagger from '@fastify/swagger'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { internalError, Problem } from '../errors.ts'
import { ADMIN, BODY_LIMIT, JSON_TYPE } from '../exchange/http.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { actionRoutes } from './actions.ts'
import { AUTH_CHALLENGE, checkAccess, type Gate } from './auth.ts'
import { bindingRoutes } from './bindings.ts'
import { challengeRoutes } from './challenges.ts'
import { clockRoutes } from './clock.ts'
import { coverageRoutes } from './coverage.ts'
import { deliveryRoutes } from './deliveries.ts'
import { addDocsPage, documentOptions, PAGES } from './docs.ts'
import { eventRoutes } from './events.ts'
import { healthRoutes } from './health.ts'
import { HTML_HEADERS, prefersHtml, writeLandingPage } from './landing-page.ts'
import { notFound } from './lookups.ts'
import { messageRoutes } from './messages.ts'
import { metricRoutes } from './metrics.ts'
import { requestRoutes } from './requests.ts'
import type { Call, Route } from './route.ts'
import { invalidInputProblem, makeValidatorCompiler } from './route.ts'
import { scenarioRoutes } from './scenarios.ts'
import { NAMED } from './schemas.ts'
import { sessionRoutes } from './sessions.ts'
import { snapshotRoutes } from './snapshot.ts'
import { specRoutes } from './specs.ts'

export interface AdminOptions {
  readonly sandbox: Sandbox
  readonly gate: Gate
  /** Aborted when the sandbox stops. */
  readonly stopping: AbortSignal
}

/** Node's limit for the headers of a request including its URL. */
const LONGEST_HEADERS = 16_384

export async function makeAdmin({ sandbox, gate, stopping }: AdminOptions) {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    // A session id has up to 128 characters, a challenge id as many as its API allows.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_HEADERS },
    frameworkErrors: (error, _, reply) => {
      sendProblem(reply as FastifyReply, new Problem('bad-http', error.message))
    },
  })
  app.setErrorHandler((error: FastifyError, _, reply) => {
    const problem = toProblem(error, sandbox)
    if (problem.code === 'admin-unauthorized') reply.header('www-authenticate', AUTH_CHALLENGE)
    return sendProblem(reply, problem)
  })
  app.addHook('onRequest', async ({ method, headers }) => checkAccess(gate, { method, headers }))
  app.setNotFoundHandler((request, reply) => {
    const { problem, allow } = notFoundProblem(request, [...ROUTES, ...PAGES])
    if (allow.length > 0) reply.header('allow', allow.join(', '))
    return sendProblem(reply, problem)
  })
  parseJsonBodies(app)
  for (const [name, schema] of Object.entries(NAMED)) app.addSchema({ $id: name, ...schema })
  app.setValidatorCompiler(makeValidatorCompiler())
  // Responses are made here: filtering them by schema would hide bugs.
  app.setSerializerCompiler(() => JSON.stringify)
  await app.register(swagger, documentOptions(gate))
  await app.register(
    async (scope) => {
      for (const each of ROUTES) addRoute(scope, each, { sandbox, stopping })
      await addDocsPage(scope, sandbox)
      addLandingPage(scope, sandbox)
    },
    { prefix: ADMIN },
  )
  await app.ready()
  return app
}

const PROBLEM = 'application/problem+json'

const sendProblem = (reply: FastifyReply, problem: Problem) =>
  reply.code(problem.status).headers(problem.headers).type(PROBLEM).send(problem.toJSON())

/** Parses any JSON media type. An empty body is no body: many clients send the type without one. */
function parseJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (_, text, done) => {
    if (text === '') return done(null)
    try {
      done(null, JSON.parse(text as string))
    } catch (error) {
      done(new Problem('bad-admin-request', `the body is not JSON: ${(error as Error).message}`))
    }
  })
}

/** Answers browsers; any other client gets the 404 that it gets without the page. */
function addLandingPage(scope: FastifyInstance, sandbox: Sandbox): void {
  const options = { schema: { hide: true }, exposeHeadRoute: false }
  scope.get('/', options, (request, reply) => {
    if (!prefersHtml(request.method, request.headers)) return reply.callNotFound()
    return reply.headers(HTML_HEADERS).send(writeLandingPage(sandbox))
  })
}

function addRoute(
  scope: FastifyInstance,
  each: Route,
  { sandbox, stopping }: Pick<Call, 'sandbox' | 'stopping'>,
) {
  scope.route({
    method: each.method,
    url: each.url,
    // A stream never ends, so HEAD for it would never get a response.
    exposeHeadRoute: each.method === 'GET' && each.responses[200]?.type !== 'text/event-stream',
    ...(each.bodyLimit !== undefined && { bodyLimit: each.bodyLimit }),
    schema: routeSchema(each),
    handler: async (request: FastifyRequest, reply) => {
      const { params, query, body, headers } = request
      const call = { sandbox, stopping, params, query, body, headers, reply }
      const result = await each.handler(call as Call)
      return reply.sent ? reply : result
    },
  })
}

function routeSchema({
  operationId,
  summary,
  tag,
  input,
  responses,
  problems = [],
}: Route): object {
  const own = problems.length > 0 ? `: ${problems.join(', ')}` : ''
  const response = Object.entries(responses).map(([status, { description, schema, type }]) => {
    if (schema === undefined) return [status, { description, type: 'null' }]
    const content = { [type ?? 'application/json']: { schema } }
    return [status, { description, content }]
  })
  const problem = {
    description: `A problem${own}.`,
    content: { [PROBLEM]: { schema: { $ref: 'Problem#' } } },
  }
  return {
    operationId,
    summary,
    tags: [tag],
    ...input,
    response: { ...Object.fromEntries(response), default: problem },
  }
}

/** Converts any error to a problem; only the log says what a bug of the sandbox was. */
function toProblem(error: FastifyError | Problem, sandbox: Sandbox): Problem {
  if (error instanceof Problem) return error
  if (error.validation)
    return invalidInputProblem(error.validation, error.validationContext ?? 'body')
  if (error.statusCode === 413) return new Problem('body-too-large', 'the body is too large')
  if (error.statusCode === 415) {
    const remedy = 'send Content-Type: application/json'
    return new Problem('unsupported-media-type', `${error.message}; ${remedy}`)
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new Problem('bad-admin-request', error.message)
  }
  sandbox.logError(error)
  return internalError()
}

export const ROUTES: readonly Route[] = [
  ...sessionRoutes,
  ...clockRoutes,
  ...snapshotRoutes,
  ...requestRoutes,
  ...messageRoutes,
  ...actionRoutes,
  ...challengeRoutes,
  ...deliveryRoutes,
  ...bindingRoutes,
  ...coverageRoutes,
  ...eventRoutes,
  ...scenarioRoutes,
  ...specRoutes,
  ...metricRoutes,
  ...healthRoutes,
]

type Endpoint = Pick<Route, 'method' | 'url'>

const routePath = (route: Endpoint) => ADMIN + route.url.replace(/:(\w+)/g, '{$1}')

const routePattern = (route: Endpoint) =>
  new RegExp(`^${ADMIN}${route.url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}/?$`)

const BARE = new RegExp(`^${ADMIN}/?$`)
const PAGE = new RegExp(`^${ADMIN}/docs$`)

interface NotFound {
  readonly problem: Problem
  /** Methods that the path allows. */
  readonly allow: readonly string[]
}

/** Makes the problem of a request without a route: 404 with the nearest paths, or 405. */
export function notFoundProblem(
  { method, url }: FastifyRequest,
  routes: readonly Endpoint[],
): NotFound {
  const path = url.split('?')[0] ?? url
  const allow = routes
    .filter((route) => routePattern(route).test(path))
    .map((route) => route.method)
  if (allow.length > 0) {
    const detail = `${path} does not allow ${method}; use ${allow.join(', ')}`
    return { problem: new Problem('no-admin-method', detail, { allow }), allow }
  }
  const known = new Set(routes.map(routePath))
  // Whoever asks for the API itself looks for a way in; by spelling alone any short path is near.
  const candidates = BARE.test(path) ? [...known].filter((each) => PAGE.test(each)) : known
  return { problem: notFound('unknown-resource', path, candidates), allow }
}
