/** Compiles `let`: names for values, computed when first used. */
import type { Diagnostics, Path } from '../errors.ts'
import type { Language } from './expression.ts'
import type { Lets, Template } from './model.ts'
import { Scope } from './scope.ts'
import { type Compiled, compileTemplate } from './template.ts'

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
