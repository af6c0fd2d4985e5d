/** Compiles what a rule reads and changes: its condition, names, state, messages, and what it plans. */
import { parseDuration } from '../clock.ts'
import { type Diagnostics, type Path, ScriptError } from '../errors.ts'
import { visitNames } from './checks.ts'
import type { ChangeContext } from './compile-context.ts'
import { compileLets } from './compile-names.ts'
import { compileNotifications } from './compile-notify.ts'
import type { Expression, Language } from './expression.ts'
import type { Assignment, Later, Rule, Template } from './model.ts'
import type { RawLater, RawRule } from './raw.ts'
import { compileTemplate, splitPath, toJson, toState } from './template.ts'

interface CompiledChange {
  readonly rule: Rule
  readonly guard: Expression | undefined
  readonly language: Language
}

/** Compiles a rule that makes no response. */
export function compileChange(raw: RawRule, path: Path, outer: ChangeContext): CompiledChange {
  const { diagnostics } = outer
  // The condition is checked before the rule's own names are computed, and cannot use them.
  const guard = compileGuard(raw.when, [...path, 'when'], outer.language, diagnostics)
  const { language, lets } = compileLets(raw.let, [...path, 'let'], outer.language, diagnostics)
  const context = { ...outer, language }
  const at = diagnostics.locate(path)
  const rule: Rule = {
    at,
    key: `${outer.owner} ${diagnostics.source.file} ${path.join(' ')}`,
    when: guard && ((scope) => guard.evaluate(scope) === true),
    condition: raw.when,
    times: undefined,
    lets,
    set: Object.entries(raw.set ?? {}).flatMap(([key, value]) =>
      compileAssignment(key, value, [...path, 'set', key], context),
    ),
    send: compileMessages(raw.send, [...path, 'send'], context),
    notify: compileNotifications(raw.notify, [...path, 'notify'], context),
    later: compileLater(raw.later, [...path, 'later'], context),
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

function compileLater(raw: RawRule['later'], path: Path, context: ChangeContext): readonly Later[] {
  if (raw === undefined) return []
  const list = Array.isArray(raw) ? (raw as readonly RawLater[]) : [raw as RawLater]
  return list.map((each, index) =>
    compilePlan(each, Array.isArray(raw) ? [...path, index] : path, context),
  )
}

/** Names of the request, which is over when the time has come. */
const GONE = new Set(['request', 'token', 'apiKey', 'call', 'operation', 'input'])

/** Compiles what a rule plans. Its expressions see the values that names have when it is planned. */
function compilePlan(raw: RawLater, path: Path, outer: ChangeContext): Later {
  const names = new Set<string>()
  const language = outer.language.withCheck((ast) =>
    visitNames(ast, (name, at) => {
      if (GONE.has(name)) {
        const remedy = 'give the value a name in "let" of the rule'
        throw new ScriptError(`"${name}" is gone when the time has come; ${remedy}`, at)
      }
      if (outer.language.variables.includes(name)) names.add(name)
    }),
  )
  const { rule } = compileChange(raw, path, { ...outer, language })
  const after = parseDuration(raw.after) ?? 0
  if (after <= 0) outer.diagnostics.add([...path, 'after'], '"after" must be longer than 0')
  const later = { after, summary: raw.summary ?? rule.at, names: [...names], rule }
  outer.later.set(rule.key, later)
  return later
}
