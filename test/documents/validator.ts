/**
 * A second opinion: a validator that shares no code with the one the sandbox uses, and knows the
 * dialects of OpenAPI 3.0 and 3.1 as such.
 */
import '@hyperjump/json-schema/formats'
import {
  registerSchema,
  setShouldValidateFormat,
  setShouldValidateSchema,
  unregisterSchema,
} from '@hyperjump/json-schema/openapi-3-1'
import '@hyperjump/json-schema/openapi-3-0'
import '@hyperjump/json-schema/draft-07'
import '@hyperjump/json-schema/draft-2019-09'
import {
  BASIC,
  getSchema,
  hasDialect,
  interpret,
  Validation,
} from '@hyperjump/json-schema/experimental'
import { fromJs } from '@hyperjump/json-schema/instance/experimental'
import { isNode, type Node, type Place, type Reading } from './reading.ts'

setShouldValidateFormat(true)
// Public documents have errors outside their schemas, which do not matter here.
setShouldValidateSchema(false)

const DIALECTS = {
  old: 'https://spec.openapis.org/oas/3.0/dialect',
  new: 'https://spec.openapis.org/oas/3.1/dialect/base',
}

type Json = Parameters<typeof fromJs>[0]
type Direction = 'request' | 'response'

let count = 0

export class Opinion {
  readonly #uri = `https://documents.example/${++count}`
  // One tree for all schemas of the document: most of them refer to the same ones.
  readonly #tree = { metaData: {}, plugins: new Set() }
  readonly #compiled = new Map<string, Promise<string>>()

  constructor(reading: Reading, direction: Direction) {
    const hidden = direction === 'request' ? 'readOnly' : 'writeOnly'
    registerSchema(
      new Copy(reading, this.#uri, hidden).of(reading.root) as Parameters<typeof registerSchema>[0],
      this.#uri,
      reading.old ? DIALECTS.old : DIALECTS.new,
    )
  }

  /** Lists what a value breaks of the schema at a place. */
  async faults({ keys }: Place, value: unknown): Promise<string[]> {
    const pointer = keys.map((key) => `/${encodeURIComponent(escaped(plain(key)))}`).join('')
    let compiled = this.#compiled.get(pointer)
    if (!compiled) {
      compiled = this.#compile(pointer)
      this.#compiled.set(pointer, compiled)
    }
    const schemaUri = await compiled
    const ast = this.#tree as unknown as Parameters<typeof interpret>[0]['ast']
    const instance = fromJs(value as Json)
    if (interpret({ ast, schemaUri }, instance).valid) return []
    const output = interpret({ ast, schemaUri }, instance, BASIC)
    const errors = (output.valid ? undefined : output.errors) ?? []
    return errors.map(({ keyword, instanceLocation }) => {
      return `${instanceLocation} ${keyword.split('/').at(-1)}`
    })
  }

  async #compile(pointer: string): Promise<string> {
    const schema = await getSchema(`${this.#uri}#${pointer}`)
    return Validation.compile(schema, this.#tree as never, schema as never)
  }

  close(): void {
    unregisterSchema(this.#uri)
  }
}

const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** The validator takes a "#" within a pointer for its end. */
const plain = (key: string) => key.replaceAll('#', '_hash_')

/** Prepares a document for the validator, without what that cannot read. */
class Copy {
  readonly #reading: Reading
  readonly #uri: string
  readonly #hidden: string

  constructor(reading: Reading, uri: string, hidden: string) {
    this.#reading = reading
    this.#uri = uri
    this.#hidden = hidden
  }

  of(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.of(item))
    if (!isNode(value)) return value
    const copy: Record<string, unknown> = {}
    for (const [key, child] of Object.entries(value)) copy[plain(key)] = this.of(child)
    const { $ref, $schema, pattern } = value
    // Documents mean their own components even within a schema that has its own id.
    if (typeof $ref === 'string' && $ref.startsWith('#/')) copy.$ref = this.#uri + $ref
    if (typeof $schema === 'string' && !hasDialect($schema.replace(/#$/, ''))) delete copy.$schema
    if (typeof pattern === 'string' && !isRegExp(pattern)) delete copy.pattern
    return this.#relaxed(value, copy)
  }

  /** A property of the other direction cannot be required in this one. */
  #relaxed({ properties, required }: Node, copy: Record<string, unknown>): Node {
    if (!isNode(properties) || !Array.isArray(required)) return copy
    const kept = required.filter((name) => !this.#isHidden(properties[name]))
    if (kept.length > 0) copy.required = kept
    else delete copy.required
    return copy
  }

  #isHidden(schema: unknown): boolean {
    if (!isNode(schema)) return false
    const { value } = this.#reading.followed({ keys: [], value: schema })
    return schema[this.#hidden] === true || (isNode(value) && value[this.#hidden] === true)
  }
}

function isRegExp(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}
