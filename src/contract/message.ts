/** Reads what a message carries, be it a response or a notification: headers, bodies, examples. */
import type { DiagnosticSource, Path } from '../errors.ts'
import type { Documents } from './document.ts'
import { canDocumentSet, detectFormat, formatHeader } from './http-values.ts'
import type { HeaderSpec, Json, MediaType, Schema } from './model.ts'
import { nameErrors } from './named-errors.ts'
import { getParameterSchema } from './parameters.ts'
import { listExamples } from './schema.ts'
import { type DocumentNode, type Follow, isObject } from './walk.ts'

export class MessageReader {
  readonly #source: DiagnosticSource
  readonly #documents: Documents
  readonly #follow: Follow

  /** @param source the file that the paths of warnings are in */
  constructor(source: DiagnosticSource, documents: Documents) {
    this.#source = source
    this.#documents = documents
    this.#follow = documents.follow
  }

  readHeaders(value: unknown): Map<string, HeaderSpec> {
    const headers = new Map<string, HeaderSpec>()
    for (const [name, item] of Object.entries(isObject(value) ? value : {})) {
      // OpenAPI 3: a response header called Content-Type is ignored.
      if (name.toLowerCase() === 'content-type') continue
      headers.set(name.toLowerCase(), this.readHeader(name, this.#follow(item)))
    }
    return headers
  }

  /** Reads a header of a response, or a parameter that is a header: they are described alike. */
  readHeader(name: string, header: DocumentNode): HeaderSpec {
    const schema = getParameterSchema(header, this.#follow)
    return {
      name,
      required: header.required === true,
      explode: header.explode === true,
      schema,
      example: this.#readExamples(header, schema, []).values().next().value,
    }
  }

  /** @param isError where there are no examples, the codes that the schema lists are its errors */
  readContents(value: unknown, path: Path, isError = false): MediaType[] {
    return Object.entries(isObject(value) ? value : {}).map(([key, item]) => {
      const media = this.#follow(item)
      const schema = media.schema as Schema | undefined
      const type = concreteType(key)
      const format = detectFormat(type)
      const found = this.#readExamples(media, schema, [...path, key])
      const areCodes = isError && found.size === 0 && format === 'json'
      const examples = areCodes ? nameErrors(schema, this.#follow) : found
      if (format === 'multipart') this.#warn([...path, key], MULTIPART)
      return { type, isWildcard: type !== key, format, schema, examples }
    })
  }

  /** Reads examples by name, in the document's order; those of the schema if there are no others. */
  #readExamples(holder: DocumentNode, schema: Schema | undefined, path: Path): Map<string, Json> {
    const examples = new Map<string, Json>()
    for (const [name, item] of Object.entries(isObject(holder.examples) ? holder.examples : {})) {
      const example = this.#readExample(item, [...path, 'examples', name])
      if (example !== undefined) examples.set(name, example)
    }
    if ('example' in holder) examples.set('example', holder.example as Json)
    if (examples.size > 0) return examples
    for (const [index, example] of listExamples(this.#follow(schema)).entries()) {
      examples.set(index === 0 ? 'example' : `example${index + 1}`, example)
    }
    return examples
  }

  #readExample(item: unknown, path: Path): Json | undefined {
    const { value, externalValue } = this.#follow(item)
    if (externalValue !== undefined) {
      this.#warn(path, 'an example with externalValue is ignored: write its value here')
    }
    return value as Json | undefined
  }

  #warn(path: Path, message: string) {
    this.#documents.warnings.push(this.#source.diagnosticAt(path, message))
  }
}

/** Returns the type to send for one that may be a wildcard. */
function concreteType(type: string): string {
  if (!type.includes('*')) return type
  const [group] = type.split('/')
  return TYPE_OF_WILDCARD[group ?? ''] ?? 'application/octet-stream'
}

const TYPE_OF_WILDCARD: Readonly<Record<string, string>> = {
  '*': 'application/json',
  application: 'application/json',
  text: 'text/plain',
  image: 'image/png',
}

const MULTIPART = 'multipart responses are not supported: the value is sent as JSON'

/** Collects the examples of headers, as far as HTTP can carry them. */
export function headerExamples(headers: ReadonlyMap<string, HeaderSpec>): Record<string, string> {
  const examples: Record<string, string> = {}
  for (const [name, { example, explode }] of headers) {
    const text = example === undefined ? undefined : formatHeader(example, explode)
    if (text !== undefined && canDocumentSet(name)) examples[name] = text
  }
  return examples
}
