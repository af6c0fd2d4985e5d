import { Environment, type ParseResult } from '@marcbachmann/cel-js'
import { ScriptError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { Ast } from './ast.ts'
import { PURE_FUNCTIONS } from './functions.ts'
import { compilePlain, isPlainValue } from './plain.ts'
import { IDS, OWNER, RequestView, type Scope } from './scope.ts'

export interface Expression {
  readonly text: string
  /** The type that the type check infers: string, bool, dyn, list<string>, … */
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

const VARIABLES = ['request', 'token', 'apiKey', 'now', 'state', 'call', 'operation']

/**
 * The scope of the expression that is being evaluated. CEL passes functions their arguments only, and
 * `newId()` needs more; evaluation is synchronous, so that there is never more than one.
 */
let active: Scope | undefined

/** The functions of the sandbox, by signature. */
const SIGNATURES = {
  'newId(): string': () => active?.[IDS].next() ?? '',
  'requestId(): string': () => active?.[IDS].request() ?? '',
  ...PURE_FUNCTIONS,
}

const OWNER_SIGNATURE = 'owner(string): string'

/** Every function that a hint may suggest: those of the sandbox, and those of CEL that files need. */
export const FUNCTIONS: readonly string[] = [
  ...new Set(
    [...Object.keys(SIGNATURES), OWNER_SIGNATURE].map(
      (signature) => signature.split('(', 1)[0] ?? '',
    ),
  ),
  'duration',
  'timestamp',
  'size',
  'has',
]

function baseEnvironment(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    // Files are written by hand; a deeper expression is an accident or an attack.
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
    .registerVariable('operation', 'string')
    .registerVariable('reason', 'string')
    .registerVariable('faults', 'list')
  for (const [signature, handler] of Object.entries(SIGNATURES)) {
    environment.registerFunction(signature, handler)
  }
  // Numbers in JSON are doubles, those in an expression are ints: allow both in one operation.
  for (const [operator, compute] of Object.entries(ARITHMETIC)) {
    for (const types of [`double ${operator} int`, `int ${operator} double`]) {
      environment.registerOperator(types, (a, b) => compute(Number(a), Number(b)))
    }
  }
  return environment.registerOperator('int == double', (a, b) => Number(a) === Number(b))
}

/** Checks a well-formed expression for what CEL cannot know; throws ScriptError. */
export type ExpressionCheck = (ast: Ast) => void

/** The names and types that expressions of one API, operation or rule can use. */
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

  /** Returns the language with more constants. */
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

  /** Returns the language with one more check of every expression. */
  withCheck(inspect: ExpressionCheck): Language {
    return new Language(this.#environment, this.#constants, this.variables, [
      ...this.#checks,
      inspect,
    ])
  }

  /** Returns the language of `subject`, which can also find the owner of an id. */
  forSubjects(): Language {
    const environment = this.#environment
      .clone()
      .registerFunction(OWNER_SIGNATURE, async (id: string) => active?.[OWNER](id) ?? id)
    return new Language(environment, this.#constants, this.variables, this.#checks)
  }

  /** Returns the language with one more name. */
  withVariable(name: string, type: string): Language {
    const environment = this.#environment.clone()
    register(environment, name, () => environment.registerVariable(name, widenType(type)))
    return new Language(environment, this.#constants, [...this.variables, name], this.#checks)
  }

  /** @throws ScriptError if it does not parse, uses an unknown name or mixes types */
  compile(source: string): Expression {
    const parsed = this.#parse(source)
    const { valid, type = 'dyn', error } = parsed.check()
    if (!valid) throw this.#toScriptError(error, source)
    const ast = parsed.ast as unknown as Ast
    for (const check of this.#checks) check(ast)
    return { text: source, type, ast, evaluate: this.#makeEvaluate(parsed, ast) }
  }

  #makeEvaluate(parsed: ParseResult, ast: Ast): Expression['evaluate'] {
    const name = String(ast.args)
    // Half of all expressions are only a name, which can be read directly.
    if (ast.op === 'id' && !(name in this.#constants)) {
      return (scope) => (scope as unknown as Record<string, unknown>)[name]
    }
    const plain = compilePlain(ast, (name) => name in this.#constants)
    return (scope) => {
      const value = plain?.(scope)
      if (isPlainValue(value)) return value
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
    const reason = summary ?? message
    const hint = this.#findHint(code, reason)
    return new ScriptError(`"${source}": ${reason}${hint}`, range?.start ?? 0)
  }

  #findHint(code: string | undefined, reason: string): string {
    if (code === 'unknown_variable') {
      return didYouMean(reason.split(': ')[1] ?? '', [
        ...VARIABLES,
        ...Object.keys(this.#constants),
        ...this.variables,
      ])
    }
    const called = /overload for '(\w+)\(/.exec(reason)?.[1]
    if (called === 'owner') return '; owner() can only be used in "subject"'
    return called ? didYouMean(called, FUNCTIONS) : ''
  }
}

/** Registers a name. The library accepts some reserved names and throws its own errors for others. */
function register(environment: Environment, name: string, register: () => unknown): void {
  const message = `"${name}" is already defined; choose another name`
  if (environment.hasVariable(name)) throw new ScriptError(message, 0)
  try {
    register()
  } catch {
    throw new ScriptError(message, 0)
  }
}

function constantType(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : 'map'
}

/**
 * Widens the type of a named value to what is certain at run time: a number can be an int or a double,
 * also in a list or map, depending on where it came from.
 */
function widenType(type: string): string {
  if (type.startsWith('list')) return 'list'
  if (type.startsWith('map')) return 'map'
  return ['string', 'bool', 'google.protobuf.Timestamp', 'google.protobuf.Duration'].includes(type)
    ? type
    : 'dyn'
}
