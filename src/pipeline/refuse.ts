/** Turns whatever stopped a request into an answer: the one place where errors become responses. */
import type { Json, Violation } from '../contract/model.ts'
import { challenges } from '../contract/security.ts'
import { internalError, Problem, type ProblemCode } from '../errors.ts'
import {
  type Incoming,
  isMatched,
  type Outcome,
  type Received,
  Refusal,
  scopeOf,
} from '../exchange/exchange.ts'
import {
  build,
  type HttpResponse,
  type ResponseHeaders,
  type ResponsePlan,
} from '../response/build.ts'
import { acceptOf, refusalStatus } from '../response/choose.ts'
import { reasoned } from '../response/explain.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { renderResponse } from '../scenario/decide.ts'
import type { RefusalKind } from '../scenario/format.ts'
import type { RespondTemplate } from '../scenario/model.ts'
import { RequestView, Scope } from '../scenario/scope.ts'

export async function refuse(
  error: Error,
  incoming: Incoming,
  exchange: Received | undefined,
  sandbox: Sandbox,
): Promise<Outcome> {
  const outcome = await worded(error, incoming, exchange, sandbox)
  // Nothing was played, but the client sees that its choice arrived.
  return { ...outcome, scenario: exchange?.scenario ?? 'none' }
}

function worded(
  error: Error,
  incoming: Incoming,
  exchange: Received | undefined,
  sandbox: Sandbox,
): Outcome | Promise<Outcome> {
  if (error instanceof Refusal) return refused(error, incoming, exchange, sandbox)
  return problemAnswer(error instanceof Problem ? error : internalError())
}

/** The sandbox's own word, never in the shape of a mocked API. */
export function problemAnswer(problem: Problem, headers: ResponseHeaders = {}): Outcome {
  return {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers, ...headers },
    body: JSON.stringify(problem),
    rule: 'sandbox',
    ...NOTHING_PLAYED,
    reasons: [problem.message],
  }
}

const NOTHING_PLAYED = {
  scenario: 'none',
  delay: 0,
  fault: undefined,
  trace: [],
  example: undefined,
  messages: [],
} as const satisfies Partial<Outcome>

/** How the contract refuses, in the shape that the API's file gives it. */
async function refused(
  refusal: Refusal,
  incoming: Incoming,
  exchange: Received | undefined,
  sandbox: Sandbox,
): Promise<Outcome> {
  const { kind: answer, api, more, message } = refusal
  const headers: ResponseHeaders = more.allow ? { allow: more.allow.join(', ') } : {}
  // What a path allows is HTTP's own question, and no fault.
  if (answer === 'methodNotAllowed' && incoming.method === 'OPTIONS') return allowed(headers)
  const { scripted } = more
  const respond = scripted ? undefined : api.scenarioSet.refusals.get(answer)
  if (!scripted && !respond) return plainly(refusal, incoming, exchange, sandbox)
  const wanted =
    scripted ?? (respond && renderResponse(respond, scopeOfRefusal(refusal, incoming, exchange)))
  const broken = breachOf(respond, wanted, exchange)
  if (broken) {
    const detail = `the answer "${answer}" of ${api.contract.name} breaks the contract: ${broken}`
    return problemAnswer(new Problem('answer-breaks-contract', detail))
  }
  const built = await shaped(wanted as ResponsePlan, refusal, exchange, sandbox)
  return {
    status: built.status,
    headers: { ...built.headers, ...headers },
    body: built.body,
    rule: scripted?.at ?? 'contract',
    ...NOTHING_PLAYED,
    trace: more.scripted ? [more.scripted.trace] : [],
    reasons: [message],
  }
}

/** As the document itself answers such a request, else as a problem that names every fault. */
async function plainly(
  { kind: answer, api, more, message }: Refusal,
  incoming: Incoming,
  exchange: Received | undefined,
  { generate, seed }: Sandbox,
): Promise<Outcome> {
  const headers: Record<string, string> = {}
  if (more.allow) headers.allow = more.allow.join(', ')
  const operation = isMatched(exchange) ? exchange.operation : undefined
  if (answer === 'unauthorized' && operation) headers['www-authenticate'] = challenges(operation)
  const status = operation && refusalStatus(operation, STATUSES[answer])
  const extras = {
    allow: more.allow,
    violations: more.violations?.map((violation) => shown(violation, exchange)),
  }
  const problem = () => problemAnswer(new Problem(PROBLEMS[answer], message, extras), headers)
  if (status === undefined) return problem()
  const wanted = {
    status,
    whole: true,
    accept: acceptOf(incoming),
    fill: (value: Json) => reasoned(value, message, more.violations ?? []),
  }
  const source = { contract: api.contract, generate, seed: () => seed }
  try {
    const built = await build(operation, wanted, source)
    const { body, example } = built
    const all = { ...built.headers, ...headers }
    const played = { ...NOTHING_PLAYED, example, reasons: [message] }
    return { status, headers: all, body, rule: 'contract', ...played }
  } catch (error) {
    // The document's answer has a schema of which nothing can be made.
    if (error instanceof Problem) return problem()
    throw error
  }
}

/** Names of what nobody should read in an answer. */
const SECRET = /token|secret|pass|code|otp|pin|key|auth|signature/i

/** A fault with the value that was sent, where an address bar may show that, too. */
function shown(violation: Violation, exchange: Received | undefined): Violation & Shown {
  const { place, field } = violation
  if (!isMatched(exchange) || SECRET.test(field)) return violation
  const { operation, query, request } = exchange
  const values = place === 'path' ? request.path : place === 'query' ? query : {}
  const isKey = operation.apiKeys.some((key) => key.kind === 'apiKey' && key.name === field)
  if (isKey || !Object.hasOwn(values, field)) return violation
  return { ...violation, value: String(values[field]).slice(0, LONGEST_SHOWN) }
}

interface Shown {
  readonly value?: string
}

const LONGEST_SHOWN = 80

/** The statuses with which documents refuse, the fittest first. */
const STATUSES: Readonly<Record<RefusalKind, readonly number[]>> = {
  malformed: [400, 422],
  invalid: [422, 400],
  unauthorized: [401],
  notFound: [404],
  methodNotAllowed: [405],
  tooLarge: [413],
  unsupportedMediaType: [415],
  notAcceptable: [406],
}

function breachOf(
  respond: RespondTemplate | undefined,
  plan: ResponsePlan | undefined,
  exchange: Received | undefined,
): string | undefined {
  if (!respond?.verify || !plan || !isMatched(exchange)) return undefined
  const violations = respond.verify(exchange.operation, plan)
  return violations.length > 0 ? violations.map(({ message }) => message).join('; ') : undefined
}

const allowed = (headers: ResponseHeaders): Outcome => ({
  status: 204,
  headers,
  body: undefined,
  rule: 'contract',
  ...NOTHING_PLAYED,
  reasons: [],
})

/** Without an operation there is no contract to take examples from. */
async function shaped(
  plan: ResponsePlan,
  { api }: Refusal,
  exchange: Received | undefined,
  { generate, seed }: Sandbox,
): Promise<HttpResponse> {
  const operation = isMatched(exchange) ? exchange.operation : undefined
  // An answer of all operations says all there is to say: what it leaves out is not sent.
  const whole = {
    ...plan,
    empty: plan.body === undefined && plan.example === undefined,
  }
  return build(operation, whole, {
    contract: api.contract,
    generate,
    seed: () => seed,
  })
}

function scopeOfRefusal(
  { more, message }: Refusal,
  incoming: Incoming,
  exchange: Received | undefined,
): Scope {
  const told = { reason: message, violations: more.violations ?? [] }
  if (isMatched(exchange)) return scopeOf(exchange, told)
  const { method, headers } = incoming
  const request = new RequestView({ method, path: {}, query: exchange?.query ?? {}, headers })
  const now = exchange?.now ?? new Date(incoming.receivedAt)
  return new Scope({ request, token: '', apiKey: '', now }, told)
}

const PROBLEMS: Readonly<Record<RefusalKind, ProblemCode>> = {
  malformed: 'bad-request',
  invalid: 'bad-request',
  unauthorized: 'unauthorized',
  notFound: 'no-operation',
  methodNotAllowed: 'no-method',
  tooLarge: 'body-too-large',
  unsupportedMediaType: 'unsupported-media-type',
  notAcceptable: 'not-acceptable',
}
