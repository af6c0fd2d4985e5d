/** Turns whatever stopped a request into an outcome: the one place where errors become responses. */
import type { Json, Violation } from '../contract/model.ts'
import { responseFor } from '../contract/model.ts'
import { buildChallenge } from '../contract/security.ts'
import { internalError, Problem, type ProblemCode } from '../errors.ts'
import { type Matched, type Outcome, type Progress, Refusal } from '../exchange/exchange.ts'
import { buildResponse, type HttpResponse, type ResponseHeaders } from '../response/build.ts'
import { chooseMedia, readAccept, refusalStatus } from '../response/choose.ts'
import { explain } from '../response/explain.ts'
import { DEFAULT_SESSION, type Sandbox } from '../sandbox/sandbox.ts'
import { addCommon, renderCommonHeaders } from '../scenario/common.ts'
import { renderResponse, runExpressions } from '../scenario/decide.ts'
import type { RefusalKind } from '../scenario/format.ts'
import type { RespondTemplate, ResponsePlan } from '../scenario/model.ts'
import { RequestView, type Scope } from '../scenario/scope.ts'
import { truncate } from '../suggest.ts'
import { numberUnplayed, scopeOfCall } from './request-ids.ts'

export async function refuse(error: Error, progress: Progress, sandbox: Sandbox): Promise<Outcome> {
  const outcome = await toOutcome(error, progress, sandbox).catch(failedOutcome)
  // Nothing was played, but the client sees that its choice arrived.
  const { step, addressed } = progress
  return { ...outcome, scenario: step === 'arrived' ? 'none' : (addressed?.scenario ?? 'none') }
}

async function toOutcome(error: Error, progress: Progress, sandbox: Sandbox): Promise<Outcome> {
  return error instanceof Refusal
    ? refuseByContract(error, progress, sandbox)
    : failedOutcome(error)
}

const failedOutcome = (error: unknown) =>
  problemOutcome(error instanceof Problem ? error : internalError())

/** An error of the sandbox itself, never in the shape of a mocked API. */
export function problemOutcome(problem: Problem, headers: ResponseHeaders = {}): Outcome {
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
  notices: [],
} as const satisfies Partial<Outcome>

/** How the contract refuses, in the shape that the API's file gives it. */
async function refuseByContract(
  refusal: Refusal,
  progress: Progress,
  sandbox: Sandbox,
): Promise<Outcome> {
  const { kind, api, more, message } = refusal
  const { incoming, matched } = progress
  const headers: ResponseHeaders = more.allow ? { allow: more.allow.join(', ') } : {}
  const scope = await scopeOfRefusal(refusal, progress, sandbox)
  const { refusals, common } = api.scenarioSet
  // Asking what a path allows is HTTP's own question, not a mistake.
  if (kind === 'methodNotAllowed' && incoming.method === 'OPTIONS') {
    return optionsOutcome({ ...renderCommonHeaders(common, scope), ...headers })
  }
  const { scripted } = more
  const template = scripted?.respond ?? refusals.get(kind)
  if (!template) return documentedRefusal(refusal, progress, sandbox, scope)
  const at = scripted?.at ?? `the answer "${kind}" of ${api.contract.name}`
  const plan = runExpressions({ at }, () =>
    addCommon(renderResponse(template, scope), common, scope),
  )
  const violation = findViolation(template, plan, matched)
  if (violation) {
    const detail = `${at} breaks the contract: ${violation}`
    return problemOutcome(new Problem('answer-breaks-contract', detail))
  }
  const response = await buildRefusal(plan, refusal, matched, sandbox)
  return {
    status: response.status,
    headers: { ...response.headers, ...headers },
    body: response.body,
    rule: scripted?.at ?? 'contract',
    ...NOTHING_PLAYED,
    trace: scripted ? [scripted.evaluation] : [],
    reasons: [message],
  }
}

/** As the document itself answers such a request, else as a problem that names every violation. */
async function documentedRefusal(
  { kind, api, more, message }: Refusal,
  { incoming, matched }: Progress,
  { generate, seed }: Sandbox,
  scope: Scope,
): Promise<Outcome> {
  const { common } = api.scenarioSet
  const headers: Record<string, string> = { ...renderCommonHeaders(common, scope) }
  if (more.allow) headers.allow = more.allow.join(', ')
  const operation = matched?.operation
  if (kind === 'unauthorized' && operation) headers['www-authenticate'] = buildChallenge(operation)
  const status = operation && refusalStatus(operation, STATUSES[kind])
  const faults = more.violations?.map((violation) => withValue(violation, matched))
  const problem = () =>
    problemOutcome(new Problem(PROBLEMS[kind], message, { allow: more.allow, faults }), headers)
  if (!operation || status === undefined) return problem()
  const plan: ResponsePlan = {
    status,
    generateHeaders: true,
    fill: (value: Json) => explain(value, message, more.violations ?? []),
  }
  const spec = responseFor(operation, status)
  const media = spec && chooseMedia(spec, readAccept(incoming.headers))
  try {
    const context = { contract: api.contract, generate, media, seed: () => seed }
    const filled = addCommon(plan, common, scope)
    const response = await buildResponse(operation, filled, context)
    const { body, example } = response
    const all = { ...response.headers, ...headers }
    const played = { ...NOTHING_PLAYED, example, reasons: [message] }
    return { status, headers: all, body, rule: 'contract', ...played }
  } catch (error) {
    // The documented response has a schema that no value can be made for.
    if (error instanceof Problem) return problem()
    throw error
  }
}

/** Words in the name of what no response should repeat. */
const SECRET =
  /^(?:tokens?|secrets?|pass|password|passcode|passphrase|otp|totp|pin|key|apikey|auth|authorization|signature|cvv|cvc)$/

/** `verificationCode` is a secret, `countryCode` is not. */
const CODE_OF =
  /^(?:verification|security|access|confirmation|activation|challenge|recovery|sms|mfa|login)$/

function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean)
  return words.some((word, at) => {
    const of = words[at - 1]
    return SECRET.test(word) || (word === 'code' && (of === undefined || CODE_OF.test(of)))
  })
}

/** A violation with the value that was sent, where an address bar may show that, too. */
function withValue(violation: Violation, matched: Matched | undefined): ViolationWithValue {
  const { place, field } = violation
  if (!matched || isSecretName(field)) return violation
  const { operation, query, request } = matched
  const values = place === 'path' ? request.path : place === 'query' ? query : {}
  const isKey = operation.apiKeys.some((key) => key.kind === 'apiKey' && key.name === field)
  if (isKey || !Object.hasOwn(values, field)) return violation
  return { ...violation, value: truncate(String(values[field])) }
}

interface ViolationWithValue extends Violation {
  readonly value?: string
}

/** The statuses with which documents refuse, the fittest first. */
export const STATUSES: Readonly<Record<RefusalKind, readonly number[]>> = {
  malformed: [400, 422],
  invalid: [422, 400],
  unauthorized: [401],
  notFound: [404],
  methodNotAllowed: [405],
  tooLarge: [413],
  unsupportedMediaType: [415],
  notAcceptable: [406],
}

function findViolation(
  template: RespondTemplate | undefined,
  plan: ResponsePlan,
  matched: Matched | undefined,
): string | undefined {
  if (!template?.verify || !matched) return undefined
  const violations = template.verify(matched.operation, plan)
  return violations.length > 0 ? violations.map(({ message }) => message).join('; ') : undefined
}

const optionsOutcome = (headers: ResponseHeaders): Outcome => ({
  status: 204,
  headers,
  body: undefined,
  rule: 'contract',
  ...NOTHING_PLAYED,
  reasons: [],
})

/** Without an operation there is no contract to take examples from. */
async function buildRefusal(
  plan: ResponsePlan,
  { api }: Refusal,
  matched: Matched | undefined,
  { generate, seed }: Sandbox,
): Promise<HttpResponse> {
  const operation = matched?.operation
  // A refusal for all operations is complete: what it leaves out is not sent.
  const empty = plan.body === undefined && plan.example === undefined
  const context = { contract: api.contract, generate, seed: () => seed }
  return buildResponse(operation, { ...plan, empty }, context)
}

async function scopeOfRefusal(
  { api, more, message }: Refusal,
  { incoming, addressed, matched }: Progress,
  sandbox: Sandbox,
): Promise<Scope> {
  const names = { reason: message, faults: more.violations ?? [] }
  const session = addressed?.session ?? DEFAULT_SESSION
  const { seedInput, call } = await numberUnplayed({ session }, api, sandbox)
  if (matched) return scopeOfCall(matched, seedInput, call, names)
  const { method, headers } = incoming
  const request = new RequestView({ method, path: {}, query: addressed?.query ?? {}, headers })
  const now = addressed?.now ?? new Date(incoming.receivedAt)
  return scopeOfCall({ request, token: '', apiKey: '', now }, seedInput, call, names)
}

export const PROBLEMS: Readonly<Record<RefusalKind, ProblemCode>> = {
  malformed: 'bad-request',
  invalid: 'bad-request',
  unauthorized: 'unauthorized',
  notFound: 'no-operation',
  methodNotAllowed: 'no-method',
  tooLarge: 'body-too-large',
  unsupportedMediaType: 'unsupported-media-type',
  notAcceptable: 'not-acceptable',
}
