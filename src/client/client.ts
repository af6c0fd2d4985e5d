/**
 * Arranges a sandbox and looks at it, from tests in any process: a thin, typed layer over the admin
 * API, whose document the types are made from.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import createClient, { type Client, type Middleware } from 'openapi-fetch'
import type { components, operations, paths } from './admin-api.ts'

/** What the admin API sends and takes, by the names of its document. */
export type AdminSchemas = components['schemas']

/** A request in the journal, its answer, and why. */
export type JournalEntry = AdminSchemas['JournalEntry']
/** A message that would have been sent, with its code. */
export type SentMessage = AdminSchemas['SentMessage']
/** How late it is in a session. */
export type SessionClock = AdminSchemas['Clock']
/** A session: scenario, clock, what its subjects did. */
export type Session = AdminSchemas['Session']
/** A session's whole state. */
export type Snapshot = AdminSchemas['Snapshot']
/** What of contracts and scenarios was exercised. */
export type CoverageReport = AdminSchemas['Coverage']
/** What can be played. */
export type PlayableScenario = AdminSchemas['Scenario']
/** A webhook that was sent or recorded. */
export type WebhookDelivery = AdminSchemas['Delivery']
/** Something that can happen outside the API. */
export type SessionAction = AdminSchemas['Action']
/** What an action did. */
export type ActionDone = AdminSchemas['ActionDone']
/**
 * Inputs of actions, by name. Declare those of your scenario files by adding to it:
 * `declare module 'sca-sandbox' { interface ActionInputs { 'my-action': { id: string } } }`.
 */
export interface ActionInputs {
  accept: { readonly challengeId: string }
  decline: { readonly challengeId: string }
  expire: { readonly challengeId: string }
}
/** The input of an action whose name `ActionInputs` does not have. */
type AnyInput = Readonly<Record<string, unknown>>
/** A problem as the sandbox tells it (RFC 9457). */
export type ProblemDetails = AdminSchemas['Problem']

/** The names of version 0.1 are these types' names in the admin API's document, too. */
export type {
  CoverageReport as Coverage,
  PlayableScenario as Scenario,
  ProblemDetails as Problem,
  SessionClock as Clock,
}

/** Which requests of a session are meant; all of it must hold. */
export type RequestFilter = Omit<
  NonNullable<operations['listRequests']['parameters']['query']>,
  'count'
>

/** Which requests are bound, and to what: at least one of `session` and `scenario`. */
export type BindingOf = Omit<AdminSchemas['Binding'], 'name'>

/** What a client needs to know beside the address. */
export interface ClientOptions {
  /** What the sandbox was started with as `--admin-token`. */
  readonly token?: string
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch
}

/** The sandbox refused, with a problem of its own, whose code is stable; or it was no sandbox. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly status: number
  /** One of the codes in docs/errors.md; empty where the answer was not the sandbox's. */
  readonly code: string
  readonly problem: ProblemDetails | undefined

  constructor(status: number, problem: ProblemDetails | undefined, what: string) {
    const told = problem && `${problem.detail} (${problem.code})`
    super(`${what}: ${told ?? `status ${status}, not from a sandbox`}`)
    this.status = status
    this.code = problem?.code ?? ''
    this.problem = problem
  }
}

type AdminApi = Client<paths>

/** One session of a sandbox: a private world with its own state, clock and journal. */
export class SessionClient {
  /** The id of the last delivery that was waited for, by webhook. */
  readonly #seen = new Map<string, number>()
  /** Its id, as `X-Sandbox-Session` names it. */
  readonly id: string
  /** A base URL whose requests belong to it, for clients that cannot add headers. */
  readonly url: string
  /** Headers that make a request belong to it. */
  readonly headers: Readonly<Record<string, string>>
  protected readonly api: AdminApi

  /** Made by `SandboxClient.session()`. */
  constructor(api: AdminApi, url: string, id: string) {
    this.api = api
    this.id = id
    this.url = url
    this.headers = { 'x-sandbox-session': id }
  }

  /**
   * Sets the scenario that requests play which name none; null for the server's. Makes the session
   * if it is not there.
   *
   * @throws ClientError `unknown-scenario`, with the nearest names
   */
  async play(scenario: string | null): Promise<Session> {
    const path = { id: this.id }
    const body = { scenario }
    return (await this.api.PATCH('/__admin/sessions/{id}', { params: { path }, body }))
      .data as Session
  }

  /** The session: scenario, clock, what its subjects did. @throws ClientError `unknown-session` */
  async read(): Promise<Session> {
    const { data } = await this.api.GET('/__admin/sessions/{id}', this.#path())
    return data as Session
  }

  /** Moves the clock forward: `15s`, `5m`, `1h30m`, `250ms`, or ISO 8601. */
  advance(duration: string): Promise<SessionClock> {
    return this.#clock({ advance: duration })
  }

  /** Sets the clock. @throws ClientError `clock-backwards` where that is before what it says */
  setTime(now: Date | string): Promise<SessionClock> {
    return this.#clock({ now: typeof now === 'string' ? now : now.toISOString() })
  }

  /** Stops the clock; it can still be moved. */
  freeze(): Promise<SessionClock> {
    return this.#clock({ frozen: true })
  }

  /** Lets the clock run on from where it is. */
  resume(): Promise<SessionClock> {
    return this.#clock({ frozen: false })
  }

  /** The journal, oldest first: at most 1,000 entries, credentials and codes hidden. */
  async requests(filter: RequestFilter = {}): Promise<readonly JournalEntry[]> {
    const found = await ignoreUnknownSession(this.#requests({ limit: 1_000, ...filter }))
    return found?.data?.requests ?? []
  }

  /** How many requests there were: `count({ operationId: 'sendCode', status: '2XX' })`. */
  async count(filter: RequestFilter = {}): Promise<number> {
    const found = await ignoreUnknownSession(this.#requests({ ...filter, count: true }))
    return found?.data?.count ?? 0
  }

  /** Text messages and push notifications that would have been sent, with their codes. */
  async messages(filter: { channel?: string; challenge?: string } = {}) {
    const params = { path: { id: this.id }, query: filter }
    const asked = this.api.GET('/__admin/sessions/{id}/messages', { params })
    const found = await ignoreUnknownSession(asked)
    return (found?.data?.messages ?? []) as readonly SentMessage[]
  }

  /**
   * The user says yes on the phone.
   *
   * @throws ClientError `unknown-challenge`, `challenge-not-pending`
   */
  accept(challenge: string): Promise<void> {
    return this.#answer(challenge, 'accept')
  }

  /** The user says no on the phone. @throws ClientError as `accept` */
  decline(challenge: string): Promise<void> {
    return this.#answer(challenge, 'decline')
  }

  /** The user does nothing, until it is too late. @throws ClientError as `accept` */
  expire(challenge: string): Promise<void> {
    return this.#answer(challenge, 'expire')
  }

  /** Webhooks of this session that were sent or recorded, oldest first. */
  async deliveries(
    filter: { readonly webhook?: string } = {},
  ): Promise<readonly WebhookDelivery[]> {
    const params = { path: { id: this.id }, query: filter }
    const found = await ignoreUnknownSession(
      this.api.GET('/__admin/sessions/{id}/deliveries', { params }),
    )
    return found?.data?.deliveries ?? []
  }

  /**
   * Waits for a webhook that this client has not seen yet: until its first attempt has ended, or it is
   * only recorded.
   *
   * @param webhook its name; any if left out
   * @throws Error if none comes within `wait` ms, 5,000 if left out
   */
  async nextDelivery(
    webhook?: string,
    { wait = 5_000 }: { readonly wait?: number } = {},
  ): Promise<WebhookDelivery> {
    const name = webhook ?? ''
    const query = { wait, after: this.#seen.get(name) ?? 0, ...(webhook && { webhook }) }
    const params = { path: { id: this.id }, query }
    const { data } = await this.api.GET('/__admin/sessions/{id}/deliveries/next', { params })
    const delivery = data?.delivery
    if (!delivery) throw new Error(`no webhook ${name} within ${wait} ms in session ${this.id}`)
    this.#seen.set(name, delivery.id)
    return delivery
  }

  /** What can happen outside the API in this session, and on what. */
  async actions(): Promise<readonly SessionAction[]> {
    const { data } = await this.api.GET('/__admin/sessions/{id}/actions', this.#path())
    return data?.actions ?? []
  }

  /**
   * Does what happens outside the API, such as on the phone. The inputs of actions that `ActionInputs`
   * has are typed by name.
   *
   * @throws ClientError `unknown-action`, `action-not-possible`, `bad-admin-request`
   */
  async act<Name extends string>(
    name: Name,
    input: Name extends keyof ActionInputs ? ActionInputs[Name] : AnyInput,
  ): Promise<ActionDone> {
    const params = { path: { id: this.id, name } }
    const { data } = await this.api.POST('/__admin/sessions/{id}/actions/{name}', {
      params,
      body: { ...input },
    })
    return data as ActionDone
  }

  /** The whole state, to begin other sessions with. It holds credentials. */
  async snapshot(): Promise<Snapshot> {
    const { data } = await this.api.GET('/__admin/sessions/{id}/snapshot', this.#path())
    return data as Snapshot
  }

  /** Puts the session in the state of a snapshot. @throws ClientError `bad-snapshot` */
  async restore(snapshot: Snapshot): Promise<void> {
    const params = { path: { id: this.id } }
    await this.api.PUT('/__admin/sessions/{id}/snapshot', { params, body: snapshot })
  }

  /** What this session exercised, as far as its journal goes. */
  async coverage(): Promise<CoverageReport> {
    const params = { query: { session: this.id } }
    return (await this.api.GET('/__admin/coverage', { params })).data as CoverageReport
  }

  /** Forgets the session; that there is none is as good. */
  async reset(): Promise<void> {
    await ignoreUnknownSession(this.api.DELETE('/__admin/sessions/{id}', this.#path()))
  }

  #path() {
    return { params: { path: { id: this.id } } }
  }

  async #clock(body: { advance?: string; now?: string; frozen?: boolean }): Promise<SessionClock> {
    const { data } = await this.api.POST('/__admin/sessions/{id}/clock', { ...this.#path(), body })
    return data as SessionClock
  }

  #requests(query: RequestFilter & { count?: boolean }) {
    const params = { path: { id: this.id }, query }
    return this.api.GET('/__admin/sessions/{id}/requests', { params })
  }

  async #answer(challenge: string, action: 'accept' | 'decline' | 'expire'): Promise<void> {
    const params = { path: { id: this.id, challenge, action } }
    await this.api.POST('/__admin/sessions/{id}/challenges/{challenge}/{action}', { params })
  }
}

/** In a session that nobody has used yet nothing has happened. */
async function ignoreUnknownSession<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ClientError && error.code === 'unknown-session') return undefined
    throw error
  }
}

/** A sandbox, and the session that requests belong to which name none. */
export class SandboxClient extends SessionClient {
  /** @param url the sandbox's base URL, such as `http://127.0.0.1:4010` */
  constructor(url: string, options: ClientOptions = {}) {
    const base = url.replace(/\/+$/, '')
    super(makeApi(base, options), base, 'default')
  }

  /**
   * A session of its own: by default a new one, of which nobody else knows. It is there once it is
   * used.
   */
  session(id: string = randomUUID()): SessionClient {
    return new SessionClient(this.api, `${this.url}/@${id}`, id)
  }

  /** Forgets all sessions. Coverage and bindings stay. */
  async resetAll(): Promise<void> {
    await this.api.DELETE('/__admin/sessions')
  }

  /** Lets requests that carry a token, an api-key or a value belong to a session or play a scenario. */
  async bind(name: string, binding: BindingOf): Promise<void> {
    await this.api.PUT('/__admin/bindings/{name}', { params: { path: { name } }, body: binding })
  }

  /** Takes a binding away. @throws ClientError `unknown-binding` */
  async unbind(name: string): Promise<void> {
    await this.api.DELETE('/__admin/bindings/{name}', { params: { path: { name } } })
  }

  /** What can be played. */
  async scenarios(): Promise<readonly PlayableScenario[]> {
    const { data } = await this.api.GET('/__admin/scenarios')
    return data?.scenarios ?? []
  }

  /** What all sessions together exercised. */
  override async coverage(): Promise<CoverageReport> {
    return (await this.api.GET('/__admin/coverage')).data as CoverageReport
  }

  /** Begins to count coverage anew. */
  async resetCoverage(): Promise<void> {
    await this.api.DELETE('/__admin/coverage')
  }

  /** Resolves if the sandbox takes requests. @throws ClientError, or what `fetch` throws */
  async ready(): Promise<void> {
    await this.api.GET('/__admin/ready')
  }
}

function makeApi(baseUrl: string, { token, fetch }: ClientOptions): AdminApi {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const api = createClient<paths>({ baseUrl, headers, ...(fetch && { fetch }) })
  api.use(throwRefusals)
  return api
}

/** A test that goes on after a refusal would fail later, and say nothing of why. */
const throwRefusals: Middleware = {
  async onResponse({ request, response }) {
    if (response.status === 204 || (response.ok && hasType('json', response))) return
    const text = await response.text()
    const what = `${request.method} ${new URL(request.url).pathname}`
    throw new ClientError(response.status, parseProblem(response, text), what)
  },
}

/** Other servers, too, tell problems: in theirs the client would look for a code in vain. */
function parseProblem(response: Response, text: string): ProblemDetails | undefined {
  if (!hasType('problem+json', response)) return undefined
  const problem = JSON.parse(text) as Partial<ProblemDetails>
  return problem.type?.startsWith('urn:sca-sandbox:problem:')
    ? (problem as ProblemDetails)
    : undefined
}

const hasType = (type: string, { headers }: Response) => headers.get('content-type')?.includes(type)
