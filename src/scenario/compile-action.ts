/** Compiles actions: what happens outside the API, such as on the user's phone. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Path } from '../errors.ts'
import { checkReach, makeKeyCheck } from './checks.ts'
import { compileSubject } from './compile.ts'
import { compileChange } from './compile-change.ts'
import type { ChangeContext } from './compile-context.ts'
import { compileLets } from './compile-names.ts'
import { type Action, CHALLENGE_ID } from './model.ts'
import type { RawAction } from './raw.ts'

/** The input of an action that declares none. */
const CHALLENGE_INPUT = {
  type: 'object',
  required: [CHALLENGE_ID],
  additionalProperties: false,
  properties: { [CHALLENGE_ID]: { type: 'string', description: 'The id of the challenge.' } },
}

export function compileAction(
  name: string,
  raw: RawAction,
  path: Path,
  outer: ChangeContext,
): Action {
  const { diagnostics } = outer
  const input = raw.input ?? CHALLENGE_INPUT
  checkInputSchema(input, [...path, 'input'], outer)
  const known = outer.language
    .withVariable('input', 'map')
    .withCheck(makeKeyCheck({ path: [CHALLENGE_ID], body: [], input: propertyNames(input) }))
  const { language, lets } = compileLets(raw.let, [...path, 'let'], known, diagnostics)
  const at = [...path, 'rules']
  const compiled = raw.rules.map((rule, index) =>
    compileChange(rule, [...at, index], { ...outer, language }),
  )
  checkReach(raw.rules, compiled, at, diagnostics, 'rules')
  const targets =
    raw.targets === undefined
      ? undefined
      : diagnostics.attempt([...path, 'targets'], () => outer.language.compile(raw.targets ?? ''))
  return {
    name,
    summary: raw.summary ?? '',
    input,
    targets: targets && ((scope) => targets.evaluate(scope)),
    rules: compiled.map(({ rule }) => rule),
    lets,
    subject: compileSubject(raw.subject, [...path, 'subject'], known, diagnostics),
  }
}

const propertyNames = ({ properties }: { readonly properties?: object }) =>
  properties && Object.keys(properties)

let metaSchema: Ajv2020 | undefined

function checkInputSchema(input: object, path: Path, { diagnostics }: ChangeContext): void {
  if (input === CHALLENGE_INPUT) return
  // One for all: it compiles the schema of schemas when it is first used.
  metaSchema ??= new Ajv2020({ strict: false })
  if (!metaSchema.validateSchema(input)) {
    diagnostics.add(path, `"input" is not a JSON Schema: ${metaSchema.errorsText()}`)
  }
}
