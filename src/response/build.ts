import { type Contract, type Json, type MediaType, type Operation, responseFor } from '../api.ts'
import { Problem } from '../errors.ts'
import type { Generate } from './generate.ts'

/** By name in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>

/** What is sent, apart from what says why. */
export interface Built {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: string | undefined
  /** The contract's name of the example that is sent, where it is one. */
  readonly example?: string | undefined
  readonly from: 'script' | 'example' | 'generated' | 'contract'
}

/** What a scenario fixed of an answer; the contract gives the rest. */
export interface Wanted {
  readonly status: number
  readonly example?: string | undefined
  readonly body?: Json | undefined
  readonly empty?: boolean
  readonly headers?: ResponseHeaders
  /** Generate from the schema even where there are examples. */
  readonly dynamic?: boolean
}

export interface Source {
  readonly contract: Contract
  readonly generate: Generate
  /** Seeds what is generated; asked for only then, since most answers are not. */
  readonly seed: () => number
}

/** Builds an answer: scripted, else an example of the contract, else generated from its schema. */
export function build(
  operation: Operation | undefined,
  wanted: Wanted,
  source: Source,
): Built | Promise<Built> {
  const { status, body, example } = wanted
  const spec = operation && responseFor(operation, status)
  const headers = spec ? { ...spec.shown, ...wanted.headers } : { ...wanted.headers }
  const content = spec?.content
  if (wanted.empty || (spec && !content)) {
    return { status, headers, body: undefined, from: 'contract' }
  }
  if (body !== undefined) return sent(status, headers, body, content, 'script')
  const name = example ?? content?.examples.keys().next().value
  const named = name === undefined ? undefined : content?.examples.get(name)
  if (named !== undefined && !wanted.dynamic) {
    return { ...sent(status, headers, named, content, 'example'), example: name }
  }
  if (content?.schema === undefined) return { status, headers, body: undefined, from: 'contract' }
  return source.generate(source.contract, content.schema, source.seed()).then((made) => {
    if (made.ok) return sent(status, headers, made.value, content, 'generated')
    const what = `${status} of ${operation?.id} cannot be generated from its schema: ${made.reason}`
    throw new Problem('no-answer', `${what}; give the contract an example`)
  })
}

function sent(
  status: number,
  headers: ResponseHeaders,
  value: Json,
  content: MediaType | undefined,
  from: Built['from'],
): Built {
  const type = content?.type ?? 'application/json'
  const text = typeof value === 'string' && !/json/i.test(type)
  return {
    status,
    headers: { 'content-type': type, ...headers },
    body: text ? value : JSON.stringify(value),
    from,
  }
}
