import {
  type Contract,
  type HeaderSpec,
  type Json,
  type MediaType,
  type Operation,
  type ResponseSpec,
  responseFor,
} from '../api.ts'
import { Problem } from '../errors.ts'
import type { Generate } from './generate.ts'

/** What is sent, apart from what says why. */
export interface Built {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | undefined
  readonly from: 'script' | 'example' | 'generated' | 'contract'
}

/** What a scenario fixed of an answer; the contract gives the rest. */
export interface Wanted {
  readonly status: number
  readonly example?: string | undefined
  readonly body?: Json | undefined
  readonly empty?: boolean
  readonly headers?: readonly (readonly [string, string])[]
  /** Generate from the schema even where there are examples. */
  readonly dynamic?: boolean
}

export interface Source {
  readonly contract: Contract
  readonly generate: Generate
  /** Seeds what is generated. */
  readonly seed: number
}

/** Builds an answer: scripted, else an example of the contract, else generated from its schema. */
export async function build(
  operation: Operation | undefined,
  wanted: Wanted,
  source: Source,
): Promise<Built> {
  const spec = operation && responseFor(operation, wanted.status)
  const headers = [...(wanted.headers ?? [])]
  if (!spec) return { ...bodyOf(wanted.body, undefined, headers), status: wanted.status }
  headers.push(...documentedHeaders(spec, headers))
  const { content } = spec
  if (wanted.empty || !content) {
    return { status: wanted.status, headers, body: undefined, from: 'contract' }
  }
  const [value, from] = await chosen(operation, wanted, content, source)
  return { ...bodyOf(value, content, headers), status: wanted.status, from }
}

async function chosen(
  operation: Operation,
  { body, example, dynamic, status }: Wanted,
  content: MediaType,
  { contract, generate, seed }: Source,
): Promise<readonly [Json | undefined, Built['from']]> {
  if (body !== undefined) return [body, 'script']
  const named = example === undefined ? first(content.examples) : content.examples.get(example)
  if (named !== undefined && !dynamic) return [named, 'example']
  if (content.schema === undefined) return [undefined, 'contract']
  const made = await generate(contract, content.schema, seed)
  if (made.ok) return [made.value, 'generated']
  const what = `${status} of ${operation.id} cannot be generated from its schema: ${made.reason}`
  throw new Problem('no-answer', `${what}; give the contract an example`)
}

const first = (examples: ReadonlyMap<string, Json>): Json | undefined =>
  examples.values().next().value

function bodyOf(
  value: Json | undefined,
  content: MediaType | undefined,
  headers: readonly (readonly [string, string])[],
): Omit<Built, 'status'> {
  if (value === undefined) return { headers, body: undefined, from: 'contract' }
  const type = content?.type ?? 'application/json'
  const text = typeof value === 'string' && !/json/i.test(type)
  return {
    headers: headers.some(([name]) => name.toLowerCase() === 'content-type')
      ? headers
      : [['content-type', type], ...headers],
    body: text ? value : JSON.stringify(value),
    from: 'script',
  }
}

/** Headers of the contract that have an example, apart from those that a scenario sets itself. */
function documentedHeaders(
  { headers }: ResponseSpec,
  set: readonly (readonly [string, string])[],
): [string, string][] {
  const known = new Set(set.map(([name]) => name.toLowerCase()))
  const given: [string, string][] = []
  for (const [key, spec] of headers) {
    const value = exampleOf(spec)
    if (!known.has(key) && value !== undefined) given.push([spec.name, value])
  }
  return given
}

function exampleOf({ example, schema, required }: HeaderSpec): string | undefined {
  if (example !== undefined) return String(example)
  // An optional header without an example says nothing about what it would be.
  const shown = required && typeof schema === 'object' ? schema.example : undefined
  return shown === undefined ? undefined : String(shown)
}
