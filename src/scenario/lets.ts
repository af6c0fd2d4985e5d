import type { Path } from '../yaml-file.ts'
import type { Language } from './expression.ts'
import type { Faults } from './faults.ts'
import type { Lets, Template } from './model.ts'
import { Scope } from './scope.ts'
import { type Compiled, compileTemplate } from './template.ts'

/** Adds a file's `let` names to the language, each seeing those before it. */
export function compileLets(
  raw: Readonly<Record<string, unknown>> | undefined,
  path: Path,
  outer: Language,
  faults: Faults,
): { language: Language; lets: Lets | undefined } {
  if (raw === undefined) return { language: outer, lets: undefined }
  let language = outer
  const values: [string, Template][] = []
  for (const [name, value] of Object.entries(raw)) {
    const at = [...path, name]
    const compiled = faults.attempt(at, () => compileTemplate(language, value))
    const type = compiled ? typeOf(compiled, value) : 'dyn'
    const next = faults.attempt(at, () => language.with(name, type), 'key')
    if (!next) continue
    language = next
    if (compiled) values.push([name, compiled.evaluate])
  }
  return { language, lets: namedScope(values, outer.named) }
}

function typeOf({ holes }: Compiled, value: unknown): string {
  const [hole] = holes
  if (hole?.path.length === 0) return hole.type
  if (Array.isArray(value)) return 'list'
  return typeof value === 'string' ? 'string' : typeof value === 'object' ? 'map' : 'dyn'
}

const OUTER = Symbol('outer')
const KNOWN = Symbol('known')

/**
 * A class of scopes that also know these names. A name is worked out when an expression first asks
 * for it and then kept: one that fails harms only the rules that use it, and `newId()` behind a
 * name is one id. The names of an outer scope are asked of it, not worked out again.
 */
function namedScope(
  values: readonly (readonly [string, Template])[],
  outerNames: readonly string[],
) {
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
