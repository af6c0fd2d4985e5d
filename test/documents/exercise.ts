/** Tests every operation of any document in the same way. */
import type { Test } from 'tap'
import type { Apis } from '../../src/sandbox/apis.ts'
import { Mutations } from './mutations.ts'
import {
  type Media,
  type Operation,
  type Place,
  type Reading,
  type Response,
  success,
} from './reading.ts'
import { NoValue, type Request, Requests, type Sent, written } from './requests.ts'
import { type Answer, type Ask, freshSandbox } from './sandbox.ts'
import { Opinion } from './validator.ts'
import { madeValue, SHAPES } from './values.ts'

export interface Failure {
  readonly operation: string
  /** Which promise is broken. */
  readonly check: 'answers' | 'prefers' | 'generates' | 'repeats' | 'accepts' | 'refuses'
  readonly what: string
}

export interface Report {
  readonly failures: readonly Failure[]
  readonly counts: Readonly<Record<string, number>>
  /** Operations for which no valid request could be built, and why. */
  readonly unmade: readonly string[]
}

/** Calls every operation of a document and reports what is wrong. */
export async function exercise(
  t: Pick<Test, 'teardown'>,
  apis: Apis,
  reading: Reading,
  { strict = false } = {},
): Promise<Report> {
  const ask = await freshSandbox(t, apis)
  const exercise = new Exercise(reading, ask, await freshSandbox(t, apis), strict)
  for (const [index, operation] of reading.operations().entries()) {
    await exercise.operation(operation, `o${index}`)
  }
  exercise.close()
  return exercise
}

class Exercise implements Report {
  readonly failures: Failure[] = []
  readonly unmade: string[] = []
  readonly counts = {
    operations: 0,
    answers: 0,
    'other answers': 0,
    'bodies checked': 0,
    'bodies unchecked': 0,
    'broken examples': 0,
    'bodies that nothing can be valid for': 0,
    'requests accepted': 0,
    'mutations refused': 0,
  }
  readonly #requests: Opinion
  readonly #responses: Opinion
  readonly #reading: Reading
  readonly #ask: Ask
  readonly #twin: Ask
  /** Whether every schema is known to have valid values. */
  readonly #strict: boolean

  constructor(reading: Reading, ask: Ask, twin: Ask, strict: boolean) {
    this.#strict = strict
    this.#reading = reading
    this.#ask = ask
    this.#twin = twin
    this.#requests = new Opinion(reading, 'request')
    this.#responses = new Opinion(reading, 'response')
  }

  close(): void {
    this.#requests.close()
    this.#responses.close()
  }

  async operation(operation: Operation, session: string): Promise<void> {
    this.counts.operations++
    const requests = new Requests(this.#reading, this.#requests)
    try {
      const minimal = await requests.minimal(operation)
      if (await this.#answered(operation, session, written(minimal))) {
        await this.#preferred(operation, session, written(minimal))
        await this.#refused(minimal, session)
        await this.#accepted(await requests.full(operation), session)
      }
    } catch (error) {
      if (!(error instanceof NoValue)) throw error
      this.unmade.push(`${operation.label}: ${error.message}`)
    }
  }

  #fail(check: Failure['check'], operation: Operation, what: string): void {
    this.failures.push({ operation: operation.label, check, what })
  }

  /** Checks the success, documented and generated: the same seed gives the same bytes. */
  async #answered(operation: Operation, session: string, sent: Sent): Promise<boolean> {
    const { status, response } = success(operation)
    const answer = await this.#ask(session, sent)
    this.counts.answers++
    if (answer.status !== status) {
      await this.#unlike('answers', operation, response, answer, status)
      return false
    }
    await this.#checked('answers', operation, response, answer)
    await this.#same(operation, answer, await this.#twin(session, sent))
    if (!hasBody(operation, response)) return true
    const made = await this.#ask(session, sent, 'dynamic=true')
    if (made.status !== status) {
      await this.#unlike('generates', operation, response, made, status)
    } else await this.#checked('generates', operation, response, made)
    await this.#same(operation, made, await this.#twin(session, sent, 'dynamic=true'))
    return true
  }

  /** Checks every other documented response, requested by its status. */
  async #preferred(operation: Operation, session: string, sent: Sent): Promise<void> {
    const { status: own } = success(operation)
    for (const response of operation.responses) {
      const status = response.key === 'DEFAULT' ? 500 : Number(response.key.replace('XX', '00'))
      if (status === own || status < 200 || !(status < 600)) continue
      // Another response documents that status by itself.
      if (response.key === 'DEFAULT' && operation.responses.some(({ key }) => /^5/.test(key)))
        continue
      this.counts['other answers']++
      const answer = await this.#ask(session, sent, `code=${status}`)
      if (answer.status === status) await this.#checked('prefers', operation, response, answer)
      else await this.#unlike('prefers', operation, response, answer, status)
    }
  }

  /** Reports another status than the expected one, unless no body can exist for that. */
  async #unlike(
    check: Failure['check'],
    operation: Operation,
    response: Response | undefined,
    answer: Answer,
    status: number,
  ): Promise<void> {
    const media = response?.content.find(({ type }) => isJson(type))
    if (answer.status === 501 && media && !(await this.#isPossible(media))) {
      this.counts['bodies that nothing can be valid for']++
    } else this.#fail(check, operation, `${describe(answer)} instead of ${status}`)
  }

  /** Whether the second validator accepts any value that the tests can build. */
  async #isPossible({ schema }: Media): Promise<boolean> {
    if (!schema || this.#strict) return true
    for (const shape of SHAPES) {
      const value = madeValue(this.#reading, schema, { ...shape, hidden: 'writeOnly' })
      if ((await this.#responses.faults(schema, value)).length === 0) return true
    }
    return false
  }

  async #same(operation: Operation, one: Answer, other: Answer): Promise<void> {
    if (one.bytes.equals(other.bytes) && one.status === other.status) return
    this.#fail('repeats', operation, `${describe(one)} and then ${describe(other)}`)
  }

  async #checked(
    check: Failure['check'],
    operation: Operation,
    response: Response | undefined,
    answer: Answer,
  ): Promise<void> {
    for (const fault of await this.#headers(response, answer)) this.#fail(check, operation, fault)
    if (!hasBody(operation, response) || BODILESS.has(answer.status)) {
      if (answer.bytes.length > 0) this.#fail(check, operation, 'a body that is not documented')
      return
    }
    if (answer.type.includes('*')) this.#fail(check, operation, `the type "${answer.type}" is none`)
    const media = response?.content.find(({ type }) => fits(type, answer.type))
    if (!media) {
      const empty = response?.content.every(
        ({ schema, examples }) => !schema && examples.length === 0,
      )
      if (!empty) this.#fail(check, operation, `the type "${answer.type}" is not documented`)
      return
    }
    const isNotShown = check !== 'generates' && media.examples.length > 0 && !isShown(media, answer)
    if (isNotShown && isStructured(media.type)) {
      const what = answer.bytes.toString().slice(0, 80)
      this.#fail(check, operation, `none of the examples is sent: ${what}`)
    }
    const fault = await this.#fault(media, answer)
    if (fault === undefined) this.counts[isTold(media) ? 'bodies checked' : 'bodies unchecked']++
    // An example is sent as it is, valid or not.
    else if (isShown(media, answer)) this.counts['broken examples']++
    else if (await this.#isPossible(media)) this.#fail(check, operation, fault)
    else this.counts['bodies that nothing can be valid for']++
  }

  async #headers(response: Response | undefined, { headers }: Answer): Promise<string[]> {
    const found: string[] = []
    for (const { name, required, schema } of response?.headers ?? []) {
      const value = headers[name]
      if (value === undefined && required) found.push(`the header ${name} is missing`)
      if (value === undefined || !schema) continue
      const { type } = (this.#reading.followed(schema).value ?? {}) as { type?: unknown }
      const faults = await this.#responses.faults(schema, parsed(value, type))
      if (faults.length > 0) found.push(`the header ${name} is "${value}": ${faults.join(', ')}`)
    }
    return found
  }

  async #fault({ schema, type }: Media, answer: Answer): Promise<string | undefined> {
    const text = answer.bytes.toString()
    if (!schema || !isStructured(type)) return undefined
    if (text === '') return 'the body is empty'
    if (!isJson(type)) return this.#textFault(schema, text)
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return `the body is not JSON: ${text.slice(0, 40)}`
    }
    const faults = await this.#responses.faults(schema, value)
    return faults.length > 0 ? `${faults.slice(0, 3).join(', ')}: ${text.slice(0, 200)}` : undefined
  }

  /** Returns the value of a body that is not JSON: a string where the schema wants one. */
  async #textFault(schema: Place, text: string): Promise<string | undefined> {
    const { type } = (this.#reading.followed(schema).value ?? {}) as { type?: unknown }
    if (type !== 'string') return undefined
    const faults = await this.#responses.faults(schema, text)
    return faults.length > 0 ? `${faults.join(', ')}: ${text.slice(0, 80)}` : undefined
  }

  async #accepted(request: Request, session: string): Promise<void> {
    const { status } = success(request.operation)
    const answer = await this.#ask(session, written(request))
    if (answer.status === status) this.counts['requests accepted']++
    else this.#fail('accepts', request.operation, `${describe(answer)} instead of ${status}`)
  }

  async #refused(request: Request, session: string): Promise<void> {
    const mutations = await new Mutations(this.#reading, this.#requests).of(request)
    for (const { what, sent } of mutations) {
      const answer = await this.#ask(session, sent)
      const refused = answer.status >= 400 && answer.status < 500
      if (refused && answer.reasons.length > 0) this.counts['mutations refused']++
      else this.#fail('refuses', request.operation, `${what}: ${describe(answer)}`)
    }
  }
}

const describe = ({ status, bytes, reasons }: Answer) =>
  `${status} ${(reasons.join('; ') || bytes.toString()).slice(0, 240)}`.trim()

/** Returns the value of a header, as far as its text shows it. */
function parsed(text: string, type: unknown): unknown {
  if (type === 'array') return text.split(',').map((item) => parsed(item.trim(), 'any'))
  if (type === 'object') {
    const pairs = text.includes('=') ? text.split(',') : (text.match(/[^,]+,[^,]*/g) ?? [])
    const entries = pairs.map((pair) => pair.split(/[=,]/))
    return Object.fromEntries(entries.map(([key, value = '']) => [key, parsed(value, 'any')]))
  }
  const isValue = /^(true|false|null|-?\d+(\.\d+)?)$/.test(text)
  return type === 'string' || !isValue ? text : JSON.parse(text)
}

const isJson = (type: string) => /^[^/]+\/(?:[^;]+\+)?json\b/i.test(type)
/** Whether the second validator can judge it: it reads JSON only. */
const isTold = ({ type, schema }: Media) => schema !== undefined && isJson(type)
/** Whether a schema says something about bodies of this type. */
const isStructured = (type: string) => isJson(type) || /^text\/|[/+]xml\b|urlencoded/i.test(type)

/** HTTP has no body for these, whatever a document says. */
const BODILESS = new Set([204, 205, 304])

const hasBody = ({ method }: Operation, response: Response | undefined) =>
  method !== 'HEAD' && (response?.content.length ?? 0) > 0

function fits(documented: string, sent: string): boolean {
  const [one = '', other = ''] = [documented, sent].map((type) =>
    type.split(';')[0]?.trim().toLowerCase(),
  )
  if (one === '' || one === other || one === '*/*') return sent !== ''
  return one.endsWith('/*') && other.startsWith(one.slice(0, -1))
}

function isShown({ examples }: Media, { bytes }: Answer): boolean {
  const text = bytes.toString()
  return examples.some((example) => example === text || JSON.stringify(example) === text)
}
