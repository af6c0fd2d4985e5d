/**
 * Plain expressions, compiled once: comparisons of texts, fields of the state, `&&`, `||`, `!`, `? :`. Most guards
 * are no more than that, and each request evaluates several. Whatever else a value or an expression is,
 * the library judges: this gives up with `UNSURE` and never throws.
 */
import type { Ast } from './ast.ts'
import type { Scope } from './scope.ts'

const UNSURE = Symbol('unsure')

export type Plain = (scope: Scope) => unknown

/** @returns undefined where nothing would be gained */
export function compilePlain(
  { op, args }: Ast,
  isConstant: (name: string) => boolean,
): Plain | undefined {
  const compile = (ast: unknown) => compilePlain(ast as Ast, isConstant)
  const list = args as readonly unknown[]
  switch (op) {
    case 'value':
      return isPlainValue(args) ? () => args : undefined
    case 'id':
      return compileName(String(args), isConstant)
    case '.':
      return compileField(compile(list[0]), String(list[1]))
    case '==':
      return compileEquality(compile(list[0]), compile(list[1]), true)
    case '!=':
      return compileEquality(compile(list[0]), compile(list[1]), false)
    case '&&':
      return compileLogic(compile(list[0]), compile(list[1]), false)
    case '||':
      return compileLogic(compile(list[0]), compile(list[1]), true)
    case '!_':
      return compileNot(compile(args))
    case '?:':
      return compileChoice(compile(list[0]), compile(list[1]), compile(list[2]))
    case 'in':
      return compileMembership(compile(list[0]), list[1] as Ast, compile(list[1]))
    case 'call':
      return list[0] === 'size' ? compileSize(compile((list[1] as unknown[])[0])) : undefined
    default:
      return undefined
  }
}

/** A value that means the same here and in the library. */
export const isPlainValue = (value: unknown): value is string | boolean | bigint =>
  typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint'

function compileName(name: string, isConstant: (name: string) => boolean): Plain | undefined {
  // The library knows what a constant is, and the fields of a request.
  if (isConstant(name) || name === 'request') return undefined
  return (scope) => (scope as unknown as Readonly<Record<string, unknown>>)[name]
}

function compileField(of: Plain | undefined, name: string): Plain | undefined {
  if (!of) return undefined
  return (scope) => {
    const holder = of(scope)
    return isPlainObject(holder) && Object.hasOwn(holder, name) ? holder[name] : UNSURE
  }
}

/** What JSON makes. Objects with a field called `constructor` are Maps: see `toReadable`. */
const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

function compileEquality(
  one: Plain | undefined,
  other: Plain | undefined,
  equal: boolean,
): Plain | undefined {
  if (!one || !other) return undefined
  return (scope) => {
    const [left, right] = [one(scope), other(scope)]
    const comparable = typeof left === typeof right && isPlainValue(left)
    return comparable ? (left === right) === equal : UNSURE
  }
}

/** @param decisive the value of the left side that decides alone */
function compileLogic(
  one: Plain | undefined,
  other: Plain | undefined,
  decisive: boolean,
): Plain | undefined {
  // Where the left side needs the library, so does the whole.
  if (!one) return undefined
  return (scope) => {
    const left = one(scope)
    if (typeof left !== 'boolean') return UNSURE
    if (left === decisive) return decisive
    const right = other ? other(scope) : UNSURE
    return typeof right === 'boolean' ? right : UNSURE
  }
}

function compileNot(of: Plain | undefined): Plain | undefined {
  if (!of) return undefined
  return (scope) => {
    const value = of(scope)
    return typeof value === 'boolean' ? !value : UNSURE
  }
}

function compileChoice(
  condition: Plain | undefined,
  one: Plain | undefined,
  other: Plain | undefined,
): Plain | undefined {
  if (!condition) return undefined
  return (scope) => {
    const value = condition(scope)
    if (typeof value !== 'boolean') return UNSURE
    const chosen = value ? one : other
    return chosen ? chosen(scope) : UNSURE
  }
}

/** Whether a text is one of those listed, or a key of an object. */
function compileMembership(
  of: Plain | undefined,
  { op, args }: Ast,
  within: Plain | undefined,
): Plain | undefined {
  if (!of) return undefined
  const items = op === 'list' ? (args as readonly Ast[]) : undefined
  if (items && !items.every((item) => item.op === 'value' && typeof item.args === 'string')) {
    return undefined
  }
  const texts = items && new Set(items.map((item) => item.args))
  if (!items && !within) return undefined
  return (scope) => {
    const value = of(scope)
    if (typeof value !== 'string') return UNSURE
    if (texts) return texts.has(value)
    const holder = within?.(scope)
    return isPlainObject(holder) ? Object.hasOwn(holder, value) : UNSURE
  }
}

const SURROGATE = /[\ud800-\udfff]/

/** Characters of a text; those outside the basic plane are counted by the library. */
function compileSize(of: Plain | undefined): Plain | undefined {
  if (!of) return undefined
  return (scope) => {
    const value = of(scope)
    return typeof value === 'string' && !SURROGATE.test(value) ? BigInt(value.length) : UNSURE
  }
}
