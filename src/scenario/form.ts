import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Fault } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { Path, Source } from '../yaml-file.ts'
import { apiSchema, scenarioSchema } from './schema.ts'

type Form = NonNullable<Source['form']>

const SCHEMAS = { scenario: scenarioSchema, api: apiSchema }
const compiled = new Map<Form, ValidateFunction>()

function validator(form: Form): ValidateFunction {
  const known = compiled.get(form)
  if (known) return known
  const options = {
    allErrors: true,
    verbose: true,
    strict: false,
    validateSchema: false,
    // To check forty files once takes less time than to make the code for it fast.
    code: { optimize: false },
  }
  const made = new Ajv2020(options).compile(SCHEMAS[form])
  compiled.set(form, made)
  return made
}

/** What in a file does not have the form of a scenario, or of an api.yaml. */
export function formFaults(source: Source, form: Form): Fault[] {
  if (source.form === form) return []
  const validate = validator(form)
  if (validate(source.value)) return []
  return (
    (validate.errors ?? [])
      // These only say that one of the errors beside them holds.
      .filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
      .map((error) => told(source, error))
  )
}

function told(source: Source, error: ErrorObject): Fault {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const params = error.params as Record<string, unknown>
  if (error.keyword === 'additionalProperties') {
    const key = String(params.additionalProperty)
    const known = Object.keys((error.parentSchema as { properties?: object })?.properties ?? {})
    const message = `unknown key "${key}"${didYouMean(key, known) || `; known are ${known.join(', ')}`}`
    return source.fault([...path, key], message, 'key')
  }
  if (error.propertyName !== undefined) {
    const message = `"${error.propertyName}" cannot be a name: letters, digits and _ only`
    return source.fault([...path, error.propertyName], message, 'key')
  }
  return source.fault(path, phrased(error, path))
}

function phrased({ keyword, message, data, params }: ErrorObject, path: Path): string {
  const last = path.at(-1)
  const subject =
    last === undefined ? 'the file' : /^\d+$/.test(String(last)) ? 'an entry' : `"${last}"`
  const values = params as Record<string, unknown>
  if (keyword === 'required') return `${subject} needs a key "${values.missingProperty}"`
  if (keyword === 'enum') {
    const allowed = (values.allowedValues as unknown[]).map(String)
    const hint = didYouMean(String(data), allowed) || `; it can be ${allowed.join(', ')}`
    return `${subject} cannot be ${JSON.stringify(data)}${hint}`
  }
  if (keyword === 'pattern') {
    return `${subject} cannot be ${JSON.stringify(data)}: it must match ${values.pattern}`
  }
  return `${subject} ${message}`
}
