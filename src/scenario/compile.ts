import { parseDuration } from '../clock.ts'
import type { Contract, Operation } from '../contract/model.ts'
import type { Diagnostics, Path } from '../errors.ts'
import { Problem } from '../errors.ts'
import { type CompiledRule, checkReach, makeKeyCheck } from './checks.ts'
import { compileRespond } from './compile-response.ts'
import type { Language } from './expression.ts'
import {
  type Assignment,
  CHALLENGE_ID,
  type Lets,
  type OperationRules,
  type Rule,
  type Template,
} from './model.ts'
import { listRules, type RawOperationRules, type RawRule } from './raw.ts'
import { Scope } from './scope.ts'
import { type Compiled, compileTemplate, splitPath, toJson, toState } from './template.ts'

interface Context {
  readonly contract: Contract
  readonly operation: Operation
  readonly language: Language
  readonly diagnostics: Diagnostics
  readonly commonHeaders: ReadonlySet<string>
}

/** Compiles the rules of one operation. */
export function compileOperationRules(
  raw: RawOperationRules,
  path: Path,
  outer: Context,
): OperationRules {
  const { operation, diagnostics } = outer
  const language = outer.language.withCheck(
    makeKeyCheck({ path: pathParameterNames(operation), body: operation.bodyFields }),
  )
  const kind = raw.calls ? 'calls' : 'rules'
  const list = raw[kind]
  if (!list) diagnostics.add(path, '"calls" or "rules" is needed')
  if (raw.calls && raw.rules) diagnostics.add(path, '"calls" and "rules" exclude each other')
  const named = compileLets(raw.let, [...path, 'let'], language, diagnostics)
  const context = { ...outer, language: named.language }
  const compiled = listRules(raw).map((rule, index) =>
    compileRule(rule, [...path, kind, index], context),
  )
  checkReach(list ?? [], compiled, [...path, kind], diagnostics, kind)
  return {
    kind,
    rules: compiled.map(({ rule }) => rule),
    lets: named.lets,
    subject: compileSubject(raw.subject, [...path, 'subject'], language, diagnostics),
  }
}

/** What compiling a change of the state needs; actions have no contract and make no response. */
interface ChangeContext {
  readonly language: Language
  readonly diagnostics: Diagnostics
}

/** Compiles the rules of a user's action outside the API. */
export function compileAction(
  raw: RawOperationRules,
  path: Path,
  outer: ChangeContext,
): OperationRules {
  const { diagnostics } = outer
  const known = outer.language.withCheck(makeKeyCheck({ path: [CHALLENGE_ID], body: [] }))
  const { language, lets } = compileLets(raw.let, [...path, 'let'], known, diagnostics)
  const rules = (raw.rules ?? []) as readonly RawRule[]
  const at = [...path, 'rules']
  const context = { language, diagnostics }
  const compiled = rules.map((rule, index) => compileChange(rule, [...at, index], context))
  checkReach(rules, compiled, at, diagnostics, 'rules')
  return {
    kind: 'rules',
    rules: compiled.map(({ rule }) => rule),
    lets,
    subject: compileSubject(raw.subject, [...path, 'subject'], known, diagnostics),
  }
}

export function compileSubject(
  source: string | undefined,
  path: Path,
  language: Language,
  diagnostics: Diagnostics,
): Template | undefined {
  if (source === undefined) return undefined
  const expression = diagnostics.attempt(path, () => language.forSubjects().compile(source))
  if (expression && !['string', 'dyn'].includes(expression.type)) {
    diagnostics.add(path, `"${source}" is a ${expression.type}; a subject is a string`)
  }
  const at = diagnostics.locate(path)
  return (
    expression &&
    ((scope) => {
      try {
        return expression.evaluate(scope)
      } catch (error) {
        const { summary, message } = error as { summary?: string; message: string }
        throw new Problem('scenario-failed', `${at}: the subject: ${summary ?? message}`)
      }
    })
  )
}

export function compileRule(raw: RawRule, path: Path, outer: Context): CompiledRule {
  const { diagnostics, contract, operation, commonHeaders } = outer
  const { respond, fault } = raw
  if (respond === undefined && fault === undefined) {
    diagnostics.add(path, 'the rule makes no response: add "respond" or "fault"')
  }
  const { rule, guard, language } = compileChange(raw, path, outer)
  const context = { contract, operation, language, diagnostics, commonHeaders }
  const responding: Rule = {
    ...rule,
    // A rule below `*` is compiled, and counted, once for each operation.
    key: `${operation.id} ${rule.key}`,
    times: raw.times,
    send: compileMessages(raw.send, [...path, 'send'], context),
    respond:
      respond === undefined || respond === 'default'
        ? respond
        : compileRespond(respond, [...path, 'respond'], context),
    delay: raw.delay === undefined ? 0 : (parseDuration(raw.delay) ?? 0),
    fault,
  }
  return { rule: responding, guard }
}

/** Compiles the part of a rule that reads and changes the state; it makes no response. */
function compileChange(raw: RawRule, path: Path, outer: ChangeContext) {
  const { diagnostics } = outer
  // The condition is checked before the rule's own names are computed, and cannot use them.
  const guard = compileGuard(raw.when, [...path, 'when'], outer.language, diagnostics)
  const { language, lets } = compileLets(raw.let, [...path, 'let'], outer.language, diagnostics)
  const context = { language, diagnostics }
  const at = diagnostics.locate(path)
  const rule: Rule = {
    at,
    key: `${diagnostics.source.file} ${path.join(' ')}`,
    when: guard && ((scope) => guard.evaluate(scope) === true),
    condition: raw.when,
    times: undefined,
    lets,
    set: Object.entries(raw.set ?? {}).flatMap(([key, value]) =>
      compileAssignment(key, value, [...path, 'set', key], context),
    ),
    send: [],
    respond: undefined,
    delay: 0,
    fault: undefined,
    ...makeEvaluations(at, raw),
  }
  return { rule, guard, language }
}

/** Makes the trace entries that checking a rule can have: once here, not at each call. */
function makeEvaluations(at: string, { when: guard, times }: RawRule) {
  const when = guard ?? null
  const untrue = { at, when, value: false }
  return {
    chosen: { at, when, value: true },
    untrue,
    spent: { ...untrue, note: `used up (times: ${times})` },
  }
}

function compileGuard(
  source: string | undefined,
  path: Path,
  language: Language,
  diagnostics: Diagnostics,
) {
  if (source === undefined) return undefined
  const guard = diagnostics.attempt(path, () => language.compile(source))
  if (guard && !['bool', 'dyn'].includes(guard.type)) {
    diagnostics.add(path, `"${source}" is a ${guard.type}; a condition is true or false`)
  }
  return guard
}

function compileAssignment(
  key: string,
  value: unknown,
  path: Path,
  { language, diagnostics }: ChangeContext,
): Assignment[] {
  const parts = splitPath(key)
  if (parts.some((part) => part === '' || part === '__proto__')) {
    diagnostics.add(path, `"${key}" is not a path into the state; write it like a.b.c`, 'key')
    return []
  }
  const templates = diagnostics.attempt(path, () =>
    parts.map((part) => compileTemplate(language, part)),
  )
  const compiled = diagnostics.attempt(path, () => compileTemplate(language, value, toState))
  if (!templates || !compiled) return []
  return [
    {
      path: templates.map(({ evaluate, holes }, index) =>
        holes.length > 0 ? evaluate : (parts[index] ?? ''),
      ),
      value: compiled.evaluate,
    },
  ]
}

function compileMessages(
  raw: unknown,
  path: Path,
  { language, diagnostics }: ChangeContext,
): Template[] {
  if (raw === undefined) return []
  const list = Array.isArray(raw) ? raw : [raw]
  return list.flatMap((message, index) => {
    const at = Array.isArray(raw) ? [...path, index] : path
    const compiled = diagnostics.attempt(at, () => compileTemplate(language, message, toJson))
    return compiled ? [compiled.evaluate] : []
  })
}

const pathParameterNames = ({ parameters }: Operation) =>
  parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)

/** Adds the names of `let` to the language; each can use those before it. */
export function compileLets(
  raw: Readonly<Record<string, unknown>> | undefined,
  path: Path,
  outer: Language,
  diagnostics: Diagnostics,
): { language: Language; lets: Lets | undefined } {
  if (raw === undefined) return { language: outer, lets: undefined }
  let language = outer
  const values: [string, Template][] = []
  for (const [name, value] of Object.entries(raw)) {
    const at = [...path, name]
    const compiled = diagnostics.attempt(at, () => compileTemplate(language, value))
    const type = compiled ? templateType(compiled, value) : 'dyn'
    const next = diagnostics.attempt(at, () => language.withVariable(name, type), 'key')
    if (!next) continue
    language = next
    if (compiled) values.push([name, compiled.evaluate])
  }
  return { language, lets: makeLets(values, outer.variables) }
}

function templateType({ holes }: Compiled, value: unknown): string {
  const [hole] = holes
  if (hole?.path.length === 0) return hole.type
  if (Array.isArray(value)) return 'list'
  return typeof value === 'string' ? 'string' : typeof value === 'object' ? 'map' : 'dyn'
}

const OUTER = Symbol('outer')

const KNOWN = Symbol('known')

/**
 * Makes scopes that also have these names. A name is computed when an expression first uses it, and
 * then kept: a name that fails affects only the rules that use it, and a name for `newId()` is one id.
 * Names of the outer scope are read from it, not computed again.
 */
function makeLets(values: readonly (readonly [string, Template])[], outerNames: readonly string[]) {
  class NamedScope extends Scope {
    readonly [OUTER]: Scope
    readonly [KNOWN]: unknown[] = []

    constructor(outer: Scope) {
      super(outer, outer)
      this[OUTER] = outer
    }
  }
  const define = (name: string, get: (this: NamedScope) => unknown) =>
    Object.defineProperty(NamedScope.prototype, name, { get })
  for (const name of outerNames) {
    define(name, function () {
      return (this[OUTER] as unknown as Record<string, unknown>)[name]
    })
  }
  for (const [index, [name, template]] of values.entries()) {
    define(name, function () {
      const known = this[KNOWN]
      if (!(index in known)) known[index] = template(this)
      return known[index]
    })
  }
  return (outer: Scope): Scope => new NamedScope(outer)
}
