/** What a schema says of its value outright: the value itself, and its type. */
import type { Json } from '../contract/model.ts'

type Node = Readonly<Record<string, unknown>>

interface Choice {
  /** Which of the values that are listed is taken first. */
  readonly branch: number
  /** Without examples and defaults. */
  readonly plain: boolean
}

/** What the schema itself says a value is, in the order in which it is worth showing. */
export function fixed(schema: Node, { branch, plain }: Choice): Json | undefined {
  const { const: only, enum: values, example, examples, default: preset } = schema
  if (only !== undefined) return only as Json
  const first = Array.isArray(examples) ? examples[0] : undefined
  const shown = [example, first, preset].find((value) => isShown(value, schema))
  if (!plain && shown !== undefined) return shown as Json
  if (!Array.isArray(values)) return undefined
  const real = values.filter((value) => value !== null && hasType(value, schema))
  return (real[branch % real.length] ?? values[0] ?? null) as Json
}

/** Examples that break their schema at first sight are many. */
function isShown(value: unknown, schema: Node): boolean {
  if (value === undefined || value === null) return false
  const { enum: values } = schema
  const simple = typeof value !== 'object'
  return hasType(value, schema) && (!simple || !Array.isArray(values) || values.includes(value))
}

function hasType(value: unknown, { type }: Node): boolean {
  const types = [type].flat().filter((each) => typeof each === 'string')
  if (types.length === 0) return true
  if (typeof value === 'number') {
    return types.includes('number') || (types.includes('integer') && Number.isInteger(value))
  }
  return types.includes(Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value)
}

const OF_OBJECTS = [
  ...['properties', 'additionalProperties', 'required', 'patternProperties', 'propertyNames'],
  ...['minProperties', 'maxProperties', 'dependentRequired', 'dependentSchemas'],
]
const OF_ARRAYS = ['items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems']
const OF_NUMBERS = ['minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum']

/** null only where nothing else may be. */
export function typeOf(schema: Node, branch: number): string {
  const types = [schema.type].flat().filter((type) => typeof type === 'string')
  const real = types.filter((each) => each !== 'null')
  const type = real.length > 0 ? real[branch % real.length] : types[0]
  if (type !== undefined) return type
  const says = (keys: readonly string[]) => keys.some((key) => schema[key] !== undefined)
  if (says(OF_OBJECTS)) return 'object'
  if (says(OF_ARRAYS)) return 'array'
  return says(OF_NUMBERS) ? 'number' : 'string'
}
