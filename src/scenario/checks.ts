import { type Diagnostics, type Path, ScriptError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { Ast } from './ast.ts'
import { isLimited } from './decide.ts'
import type { Expression, ExpressionCheck } from './expression.ts'
import type { OperationRules, Rule } from './model.ts'
import type { RawRule } from './raw.ts'
import { RequestView, Scope } from './scope.ts'
import { isRecord } from './template.ts'

/** The keys of the state that some scenario file mentions. */
export class StateKeys {
  readonly #children = new Map<string, StateKeys>()
  #any: StateKeys | undefined
  /** An expression sets this value, so any key may exist below it. */
  #open = false

  /** Adds the keys of a literal value; below a computed value any key may exist. */
  add(value: unknown): void {
    if (isRecord(value)) {
      for (const [key, child] of Object.entries(value)) this.at(key).add(child)
      if (Object.keys(value).length === 0) this.#any ??= new StateKeys()
    } else if (Array.isArray(value) || (typeof value === 'string' && value.includes('${'))) {
      this.#open = true
    }
  }

  /** Returns the keys below a key; `undefined` stands for a computed one. */
  at(key: string | undefined): StateKeys {
    if (key === undefined) {
      this.#any ??= new StateKeys()
      return this.#any
    }
    const known = this.#children.get(key)
    if (known) return known
    const child = new StateKeys()
    this.#children.set(key, child)
    return child
  }

  /** Finds the first key of a path that no file mentions, and the keys that exist there instead. */
  findUnknown(path: readonly Step[]): { step: Step; known: string[] } | undefined {
    let keys: StateKeys = this
    for (const step of path) {
      if (keys.#open) return undefined
      const next = step.key === undefined ? keys.#anyChild() : keys.#child(step.key)
      if (!next) {
        // Without known keys the value is never an object, and there is nothing to suggest.
        const known = [...keys.#children.keys()]
        return known.length > 0 ? { step, known } : undefined
      }
      keys = next
    }
    return undefined
  }

  #child(key: string): StateKeys | undefined {
    return this.#children.get(key) ?? this.#any
  }

  #anyChild(): StateKeys | undefined {
    if (this.#any) return this.#any
    const open = new StateKeys()
    open.#open = true
    return this.#children.size > 0 ? open : undefined
  }
}

interface Step {
  /** Undefined if it is computed. */
  readonly key: string | undefined
  readonly at: number
}

const isAst = (value: unknown): value is Ast =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value

/** Splits `a.b["c"][d]` into its root and steps; undefined if it does not begin with a name. */
function parseChain(ast: Ast): { root: string; steps: Step[] } | undefined {
  if (ast.op === 'id') return { root: String(ast.args), steps: [] }
  if (!['.', '.?', '[]', '[?]'].includes(ast.op)) return undefined
  const [receiver, key] = ast.args as [Ast, unknown]
  const inner = parseChain(receiver)
  return inner && { root: inner.root, steps: [...inner.steps, toStep(key, ast.start)] }
}

function toStep(key: unknown, at: number): Step {
  if (typeof key === 'string') return { key, at }
  if (isAst(key) && key.op === 'value' && typeof key.args === 'string') return { key: key.args, at }
  return { key: undefined, at }
}

/** Calls `see` with each longest access chain of an expression. */
function visitChains(
  node: unknown,
  see: (root: string, steps: readonly Step[], at: number) => void,
): void {
  if (Array.isArray(node)) {
    for (const item of node) visitChains(item, see)
    return
  }
  if (!isAst(node)) return
  const found = parseChain(node)
  if (found) see(found.root, found.steps, node.start)
  // Keys in brackets are expressions of their own.
  visitChains(found ? listBracketKeys(node) : node.args, see)
}

function listBracketKeys(ast: Ast): unknown[] {
  if (!Array.isArray(ast.args)) return []
  const [receiver, key] = ast.args as [unknown, unknown]
  return [key, ...(isAst(receiver) ? listBracketKeys(receiver) : [])]
}

/** Calls `see` with each name that an expression reads. */
export const visitNames = (ast: Ast, see: (name: string, at: number) => void): void =>
  visitChains(ast, (root, _, at) => see(root, at))

export interface KnownKeys {
  readonly state?: StateKeys
  /** Path parameters and body properties, if the contract lists them. */
  readonly path?: readonly string[]
  readonly body?: readonly string[] | undefined
  /** The operation, if it takes no body. */
  readonly bodiless?: string | undefined
  /** Properties of an action's input. */
  readonly input?: readonly string[] | undefined
}

/** Makes a check that refuses keys which can never exist: the type check accepts any key of a map. */
export function makeKeyCheck({ state, path, body, bodiless, input }: KnownKeys): ExpressionCheck {
  return (ast) =>
    visitChains(ast, (root, steps) => {
      if (root === 'state' && state) {
        const unknown = state.findUnknown(steps)
        if (unknown) {
          const { step, known } = unknown
          throwUnknownKey(`the state has no key "${step.key}"`, step, known)
        }
      }
      if (root === 'input' && input) {
        const [field] = steps
        if (!field?.key || input.includes(field.key)) return
        throwUnknownKey(`the input has no "${field.key}"`, field, input)
      }
      if (root !== 'request') return
      const [part, field] = steps
      if (bodiless !== undefined && part?.key === 'body' && field) {
        throw new ScriptError(`${bodiless} takes no body`, field.at)
      }
      const known = part?.key === 'path' ? path : part?.key === 'body' ? body : undefined
      if (!field?.key || !known || known.includes(field.key)) return
      throwUnknownKey(`the contract's ${part?.key} has no "${field.key}"`, field, known)
    })
}

function throwUnknownKey(message: string, { key, at }: Step, known: readonly string[]): never {
  throw new ScriptError(message + (didYouMean(key ?? '', known) || listKnown(known)), at)
}

/** Most keys that a message lists. */
const MOST = 12

function listKnown(known: readonly string[]): string {
  if (known.length === 0) return ''
  const more = known.length > MOST ? ` and ${known.length - MOST} more` : ''
  return `; it has ${known.slice(0, MOST).join(', ')}${more}`
}

/** Whether an expression names no variable and calls no function, and so always has one value. */
export function isConstant(ast: unknown): boolean {
  if (Array.isArray(ast)) return ast.every(isConstant)
  if (!isAst(ast)) return true
  return ast.op !== 'id' && ast.op !== 'call' && ast.op !== 'rcall' && isConstant(ast.args)
}

export interface CompiledRule {
  readonly rule: Rule
  readonly guard: Expression | undefined
}

/** Reports rules that no call can reach. */
export function checkReach(
  raw: readonly (RawRule | 'default')[],
  compiled: readonly CompiledRule[],
  path: Path,
  diagnostics: Diagnostics,
  kind: OperationRules['kind'],
): void {
  if (kind === 'calls') {
    for (const [index, entry] of raw.entries()) {
      if (entry === 'default' || entry.when === undefined) continue
      diagnostics.add(
        [...path, index, 'when'],
        '"when" belongs in "rules"; "calls" only counts',
        'key',
      )
    }
    const last = raw.at(-1)
    if (last !== undefined && last !== 'default' && last.times !== undefined) {
      const message = '"times" has no effect in the last rule: the last rule repeats'
      diagnostics.add([...path, raw.length - 1, 'times'], message, 'key')
    }
    return
  }
  const seen = new Map<string, string>()
  for (const [index, { rule, guard }] of compiled.entries()) {
    const at = [...path, index]
    const always = normalizeSpaces(rule.condition ?? '')
    const earlier = seen.get('') ?? seen.get(always)
    if (earlier) {
      diagnostics.add(at, `this rule can never be reached: ${earlier} answers first`)
    } else if (guard && isConstant(guard.ast) && isAlwaysFalse(guard)) {
      diagnostics.add(
        [...at, 'when'],
        'this rule can never be reached: its condition is always false',
      )
    }
    const constant = guard && isConstant(guard.ast) && !isAlwaysFalse(guard)
    if (!isLimited(rule)) seen.set(constant ? '' : always, rule.at)
  }
}

/** Conditions that differ only in spaces are the same, unless the spaces are in a string. */
const normalizeSpaces = (condition: string) =>
  /["']/.test(condition) ? condition.trim() : condition.replace(/\s+/g, ' ').trim()

const EMPTY_SCOPE = new Scope({
  request: new RequestView({ method: '', path: {}, query: {}, headers: {} }),
  token: '',
  apiKey: '',
  now: new Date(0),
})

function isAlwaysFalse(guard: Expression): boolean {
  try {
    return guard.evaluate(EMPTY_SCOPE) !== true
  } catch {
    return true
  }
}
