/** Builds values for a schema, minimal and complete ones, which a second validator checks. */

import { generateSync } from 'json-schema-faker'
import { isNode, type Node, type Place, type Reading } from './reading.ts'

export interface Shape {
  /** Whether to include optional properties and items. */
  readonly full: boolean
  /** Which alternative of `oneOf` and `anyOf`. */
  readonly choice: number
  /** Properties to leave out: those of the other direction. */
  readonly hidden?: 'readOnly' | 'writeOnly'
}

export const SHAPES: readonly Shape[] = [
  { full: false, choice: 0 },
  { full: true, choice: 0 },
  { full: true, choice: 1 },
  { full: false, choice: 1 },
  { full: false, choice: 2 },
]

const DEEPEST = 5

export function madeValue(reading: Reading, place: Place, shape: Shape): unknown {
  return new Making(reading, shape).value(place.value, 0)
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:30:00Z',
  date: '2026-01-31',
  time: '12:30:00Z',
  duration: 'P1D',
  email: 'somebody@example.com',
  'idn-email': 'somebody@example.com',
  hostname: 'example.com',
  'idn-hostname': 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/a',
  url: 'https://example.com/a',
  iri: 'https://example.com/a',
  'uri-reference': '/a',
  'iri-reference': '/a',
  'uri-template': '/a/{b}',
  uuid: '6f1c3a52-8f5e-4b52-9a35-3d1f0a3d8f11',
  'json-pointer': '/a',
  'relative-json-pointer': '1/a',
  regex: '^a$',
  byte: 'aGVsbG8=',
}

class Making {
  readonly reading: Reading
  readonly shape: Shape

  constructor(reading: Reading, shape: Shape) {
    this.reading = reading
    this.shape = shape
  }

  value(schema: unknown, depth: number): unknown {
    const plain = this.flat(schema, 0)
    if (depth > DEEPEST * 4) return null
    if ('const' in plain) return plain.const
    if (Array.isArray(plain.enum)) return plain.enum.find((item) => item !== null) ?? null
    switch (typeOf(plain, this.shape.choice)) {
      case 'object':
        return this.object(plain, depth)
      case 'array':
        return this.array(plain, depth)
      case 'integer':
        return number(plain, 1)
      case 'number':
        return number(plain, 0.5)
      case 'boolean':
        return true
      case 'null':
        return null
      default:
        return text(plain)
    }
  }

  /** Merges a schema with its references and parts, and with the chosen alternative. */
  flat(schema: unknown, depth: number): Node {
    if (!isNode(schema) || depth > 12) return {}
    const { $ref, allOf, oneOf, anyOf, if: condition, then, ...rest } = schema
    let merged: Node = typeof $ref === 'string' && this.reading.old ? {} : rest
    if (typeof $ref === 'string') {
      const { value } = this.reading.followed({ keys: [], value: { $ref } })
      merged = joined(merged, this.flat(value, depth + 1))
    }
    // Of a condition, the branch where it is true.
    for (const part of [...(Array.isArray(allOf) ? allOf : []), condition, then]) {
      merged = joined(merged, this.flat(part, depth + 1))
    }
    for (const list of [oneOf, anyOf]) {
      if (!Array.isArray(list) || list.length === 0) continue
      const picked = list[this.shape.choice % list.length]
      merged = joined(merged, this.flat(picked, depth + 1))
      merged = this.#named(merged, schema.discriminator, picked)
    }
    return merged
  }

  /** A discriminator names the alternative in the value itself. */
  #named(merged: Node, discriminator: unknown, picked: unknown): Node {
    if (!isNode(discriminator) || !isNode(picked) || typeof picked.$ref !== 'string') return merged
    const { propertyName, mapping = {} } = discriminator as { propertyName: string; mapping?: Node }
    const { $ref } = picked
    const known = Object.keys(mapping).find((key) => mapping[key] === $ref)
    const property = (merged.properties as Node | undefined)?.[propertyName]
    if (isNode(property) && ('const' in property || 'enum' in property)) return merged
    return joined(merged, {
      required: [propertyName],
      properties: { [propertyName]: { const: known ?? $ref.split('/').at(-1) } },
    })
  }

  object(schema: Node, depth: number): Node {
    const {
      properties = {},
      required = [],
      minProperties = 0,
    } = schema as {
      properties?: Node
      required?: string[]
      minProperties?: number
    }
    const { hidden = 'readOnly' } = this.shape
    const made: Record<string, unknown> = {}
    const wanted = new Set(Array.isArray(required) ? required : [])
    if (this.shape.full && depth < DEEPEST - 2) {
      for (const name of Object.keys(properties)) wanted.add(name)
    }
    for (const name of wanted) {
      const flat = this.flat(properties[name], 0)
      if (flat[hidden] === true || properties[name] === false) continue
      made[name] = this.value(properties[name] ?? {}, depth + 1)
    }
    for (const [name, of] of this.#others(schema)) {
      if (Object.keys(made).length >= minProperties) break
      if (!(name in made)) made[name] = this.value(of, depth + 1)
    }
    return made
  }

  /** Properties that are not listed by name, for an object that must have some. */
  #others({ properties, patternProperties, propertyNames, additionalProperties }: Node) {
    const listed = Object.entries(isNode(properties) ? properties : {})
    const patterns = Object.entries(isNode(patternProperties) ? patternProperties : {})
    const names = [0, 1, 2].flatMap((seed): [string, unknown][] => [
      ...patterns.map(([pattern, of]): [string, unknown] => [text({ pattern }, seed), of]),
      [
        isNode(propertyNames) ? text(propertyNames, seed) : `key${seed}`,
        additionalProperties === true ? {} : (additionalProperties ?? {}),
      ],
    ])
    return [...listed, ...names]
  }

  array(schema: Node, depth: number): unknown[] {
    const {
      minItems = 0,
      maxItems = Number.POSITIVE_INFINITY,
      prefixItems = [],
      minContains = 1,
    } = schema as {
      minItems?: number
      maxItems?: number
      prefixItems?: unknown[]
      minContains?: number
    }
    const { items: of, contains } = schema
    const held = contains === undefined ? 0 : minContains
    const few = this.shape.full || depth === 0 ? 1 : 0
    const count = Math.min(Math.max(minItems, prefixItems.length, held, few), maxItems, 100)
    return Array.from({ length: count }, (_, index) => {
      const rest = of === undefined || of === true ? {} : of
      const item = prefixItems[index] ?? (index < held ? { allOf: [rest, contains] } : rest)
      const { enum: listed } = this.flat(item, 0)
      if (schema.uniqueItems === true && Array.isArray(listed)) return listed[index % listed.length]
      const value = this.value(item, depth + 1)
      return schema.uniqueItems === true ? different(value, index) : value
    })
  }
}

/** Items of a set must differ. */
function different(value: unknown, index: number): unknown {
  if (index === 0) return value
  if (typeof value === 'number') return value + index
  return typeof value === 'string' ? `${value}${index}` : value
}

function joined(one: Node, other: Node): Node {
  const both = { ...one, ...other }
  if (isNode(one.properties) && isNode(other.properties)) {
    both.properties = { ...one.properties, ...other.properties }
    for (const [name, schema] of Object.entries(one.properties)) {
      const twin = other.properties[name]
      if (isNode(schema) && isNode(twin)) {
        both.properties = { ...(both.properties as Node), [name]: { allOf: [schema, twin] } }
      }
    }
  }
  if (Array.isArray(one.prefixItems) && Array.isArray(other.prefixItems)) {
    const [more, less] = [one.prefixItems, other.prefixItems].toSorted(
      (a, b) => b.length - a.length,
    )
    both.prefixItems = more?.map((item, index) => ({ allOf: [item, less?.[index]] }))
  }
  if (Array.isArray(one.required) && Array.isArray(other.required)) {
    both.required = [...new Set([...one.required, ...other.required])]
  }
  if (Array.isArray(one.enum) && Array.isArray(other.enum)) {
    const { enum: others } = other as { enum: unknown[] }
    both.enum = one.enum.filter((value) => others.includes(value))
  }
  return both
}

const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'patternProperties'],
  array: ['items', 'prefixItems', 'minItems', 'contains'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
}

function typeOf(schema: Node, choice: number): string {
  const { type } = schema
  if (typeof type === 'string') return type
  if (Array.isArray(type)) {
    const types = type.filter((each) => each !== 'null')
    return types[choice % types.length] ?? 'null'
  }
  const implied = Object.entries(KEYWORDS).find(([, words]) => words.some((word) => word in schema))
  return implied?.[0] ?? 'string'
}

function number(schema: Node, step: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema as Record<
    string,
    number | boolean | undefined
  >
  const above = exclusiveMinimum === true ? minimum : exclusiveMinimum
  const below = exclusiveMaximum === true ? maximum : exclusiveMaximum
  const low = Math.max(
    typeof minimum === 'number' ? minimum : Number.NEGATIVE_INFINITY,
    typeof above === 'number' ? above + step : Number.NEGATIVE_INFINITY,
  )
  const high = Math.min(
    typeof maximum === 'number' ? maximum : Number.POSITIVE_INFINITY,
    typeof below === 'number' ? below - step : Number.POSITIVE_INFINITY,
  )
  const value = Math.max(Math.min(1, high), low)
  if (typeof multipleOf !== 'number') return value
  const rounded = Math.ceil(value / multipleOf) * multipleOf
  return rounded > high ? Math.floor(high / multipleOf) * multipleOf : rounded
}

function text(schema: Node, seed = 3): string {
  const {
    format,
    pattern,
    minLength = 0,
    maxLength,
  } = schema as {
    format?: string
    pattern?: string
    minLength?: number
    maxLength?: number
  }
  const known = FORMATS[format ?? '']
  if (typeof pattern === 'string') {
    try {
      if (known !== undefined && new RegExp(pattern).test(known)) return known
      const wanted = { type: 'string', pattern, minLength, ...(maxLength && { maxLength }) }
      return String(generateSync(wanted as Parameters<typeof generateSync>[0], { seed }))
    } catch {
      return 'lorem'
    }
  }
  if (known !== undefined) return known
  return 'lorem'.padEnd(minLength, 'x').slice(0, maxLength ?? Number.POSITIVE_INFINITY)
}
