import { createHash } from 'node:crypto'
import { Environment, type ParseResult } from '@marcbachmann/cel-js'
import { ScriptError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import { IDS, OWNER, RequestView, type Scope } from './scope.ts'

/** A part of an expression's syntax tree; the library's own type is opaque. */
export interface Ast {
  readonly op: string
  readonly args: unknown
  readonly start: number
}

export interface Expression {
  readonly text: string
  /** What the type check says it will be: string, bool, dyn, list<string>, … */
  readonly type: string
  readonly ast: Ast
  evaluate(scope: Scope): unknown
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
}

type Constants = Readonly<Record<string, unknown>>

const VARIABLES = ['request', 'token', 'apiKey', 'now', 'state', 'call']

export const FUNCTIONS = [
  'newId',
  'owner',
  'sorted',
  'distinct',
  'merged',
  'duration',
  'timestamp',
  'size',
  'has',
]

/**
 * The scope that is being evaluated. Functions of the language see their arguments only, and
 * `newId()` needs more; evaluation is synchronous, so that there is never more than one.
 */
let active: Scope | undefined

function baseEnvironment(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    // A file is written by hand; deeper than this it is an attack or an accident.
    limits: { maxDepth: 64, maxAstNodes: 2_000 },
  })
    .registerType('Request', {
      ctor: RequestView,
      fields: {
        method: 'string',
        path: 'map',
        query: 'map',
        headers: 'map',
        body: 'dyn',
      },
    })
    .registerVariable('request', 'Request')
    .registerVariable('token', 'string')
    .registerVariable('apiKey', 'string')
    .registerVariable('now', 'google.protobuf.Timestamp')
    .registerVariable('state', 'map')
    .registerVariable('call', 'int')
    .registerVariable('reason', 'string')
    .registerVariable('faults', 'list')
    .registerFunction('newId(): string', () => active?.[IDS].next() ?? '')
    .registerFunction('sorted(list): list<string>', (list: unknown[]) =>
      list.map(itemToString).sort(),
    )
    .registerFunction('distinct(list): list<string>', (list: unknown[]) => [
      ...new Set(list.map(itemToString)),
    ])
    .registerFunction('fingerprint(list): string', (list: unknown[]) => fingerprint(list))
    .registerFunction('merged(map, map): map', merge)
  // Numbers of JSON are doubles, those written in an expression are ints: let them mix.
  for (const [operator, compute] of Object.entries(ARITHMETIC)) {
    for (const types of [`double ${operator} int`, `int ${operator} double`]) {
      environment.registerOperator(types, (a, b) => compute(Number(a), Number(b)))
    }
  }
  return environment.registerOperator('int == double', (a, b) => Number(a) === Number(b))
}

/** Looks at a well-formed expression for what only we can know; throws ScriptError. */
export type ExpressionCheck = (ast: Ast) => void

/** The names and types that the expressions of one API, operation or entry know. */
export class Language {
  readonly #environment: Environment
  readonly #constants: Constants
  readonly #checks: readonly ExpressionCheck[]
  /** The names that `let` added, outermost first. */
  readonly variables: readonly string[]

  private constructor(
    environment: Environment,
    constants: Constants,
    named: readonly string[] = [],
    inspections: readonly ExpressionCheck[] = [],
  ) {
    this.#environment = environment
    this.#constants = constants
    this.variables = named
    this.#checks = inspections
  }

  static of(constants: Constants): Language {
    return new Language(baseEnvironment(), {}).withConstants(constants)
  }

  /** The language with constants in it. */
  withConstants(constants: Constants): Language {
    const environment = this.#environment.clone()
    for (const [name, value] of Object.entries(constants)) {
      register(environment, name, () =>
        environment.registerConstant(name, constantType(value), value),
      )
    }
    const all = { ...this.#constants, ...constants }
    return new Language(environment, all, this.variables, this.#checks)
  }

  withCheck(inspect: ExpressionCheck): Language {
    return new Language(this.#environment, this.#constants, this.variables, [
      ...this.#checks,
      inspect,
    ])
  }

  /** The language of subjects, which may also ask whose an id is. */
  forSubjects(): Language {
    const environment = this.#environment
      .clone()
      .registerFunction('owner(string): string', async (id: string) => active?.[OWNER](id) ?? id)
    return new Language(environment, this.#constants, this.variables, this.#checks)
  }

  /** The language with one more name in it. */
  withVariable(name: string, type: string): Language {
    const environment = this.#environment.clone()
    register(environment, name, () => environment.registerVariable(name, widenType(type)))
    return new Language(environment, this.#constants, [...this.variables, name], this.#checks)
  }

  /** @throws ScriptError where it does not parse, names what is unknown, or mixes types */
  compile(source: string): Expression {
    const parsed = this.#parse(source)
    const { valid, type = 'dyn', error } = parsed.check()
    if (!valid) throw this.#toScriptError(error, source)
    const ast = parsed.ast as unknown as Ast
    for (const inspect of this.#checks) inspect(ast)
    return { text: source, type, ast, evaluate: this.#makeEvaluate(parsed, ast) }
  }

  #makeEvaluate(parsed: ParseResult, ast: Ast): Expression['evaluate'] {
    const name = String(ast.args)
    // Half of all expressions are a name alone, and need no machinery.
    if (ast.op === 'id' && !(name in this.#constants)) {
      return (scope) => (scope as unknown as Record<string, unknown>)[name]
    }
    return (scope) => {
      const outer = active
      active = scope
      try {
        return parsed(scope as unknown as Record<string, unknown>)
      } finally {
        active = outer
      }
    }
  }

  #parse(source: string): ParseResult {
    try {
      return this.#environment.parse(source)
    } catch (error) {
      throw this.#toScriptError(error, source)
    }
  }

  #toScriptError(error: unknown, source: string): ScriptError {
    const { code, summary, range, message } = error as {
      code?: string
      summary?: string
      range?: { start: number; end: number }
      message: string
    }
    const words = summary ?? message
    const hint = this.#findHint(code, words)
    return new ScriptError(`"${source}": ${words}${hint}`, range?.start ?? 0)
  }

  #findHint(code: string | undefined, words: string): string {
    if (code === 'unknown_variable') {
      return didYouMean(words.split(': ')[1] ?? '', [
        ...VARIABLES,
        ...Object.keys(this.#constants),
        ...this.variables,
      ])
    }
    const called = /overload for '(\w+)\(/.exec(words)?.[1]
    if (called === 'owner') return '; owner() is for "subject" only'
    return called ? didYouMean(called, FUNCTIONS) : ''
  }
}

/** The library refuses names with errors of its own kind, and only some of those that have a meaning. */
function register(environment: Environment, name: string, register: () => unknown): void {
  const taken = `"${name}" already has a meaning; choose another name`
  if (environment.hasVariable(name)) throw new ScriptError(taken, 0)
  try {
    register()
  } catch {
    throw new ScriptError(taken, 0)
  }
}

function constantType(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : 'map'
}

/**
 * A named value's type, as far as it holds at run time: a number may turn out an int or a double,
 * in a list or map, too, according to where it came from.
 */
function widenType(type: string): string {
  if (type.startsWith('list')) return 'list'
  if (type.startsWith('map')) return 'map'
  return ['string', 'bool', 'google.protobuf.Timestamp', 'google.protobuf.Duration'].includes(type)
    ? type
    : 'dyn'
}

/** A value as part of a list of texts. */
export function itemToString(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

const LONGEST_FINGERPRINT = 64

/** A key for a set of values, the same for any order: the values, or a hash where they are many. */
export function fingerprint(list: readonly unknown[]): string {
  const texts = [...new Set(list.map(itemToString))].sort()
  const whole = texts.map((value) => encodeURIComponent(value)).join(',')
  return whole.length <= LONGEST_FINGERPRINT
    ? whole
    : createHash('sha256').update(whole).digest('base64url')
}

/** A client may send a field called `constructor`: then it is a Map, see `readable`. */
type Fields = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>

const fieldsOf = (fields: Fields): Iterable<[string, unknown]> =>
  fields instanceof Map ? fields : Object.entries(fields)

/** The fields of both; where both have one it is the other's. */
export function merge(one: Fields, other: Fields): Fields {
  const all = new Map([...fieldsOf(one), ...fieldsOf(other)])
  return all.has('constructor') ? all : Object.fromEntries(all)
}
