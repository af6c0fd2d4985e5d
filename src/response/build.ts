/** Builds a response: what a scenario scripted, else an example, else a value of the schema. */
import { canDocumentSet, formatHeader } from '../contract/http-values.ts'
import {
  type Contract,
  type HeaderSpec,
  type Json,
  type MediaType,
  type Operation,
  type ResponseSpec,
  responseFor,
  type Schema,
} from '../contract/model.ts'
import { Problem } from '../errors.ts'
import type { Generate } from '../generate/generate.ts'
import { negotiate } from './choose.ts'

/** By name in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>

/** What is sent. */
export interface HttpResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: string | undefined
  /** The contract's name of the example that is sent, if it is one. */
  readonly example?: string | undefined
  readonly from: 'script' | 'example' | 'generated' | 'contract'
}

/** What is decided about a response; the contract supplies the rest. */
export interface ResponsePlan {
  readonly status: number
  readonly example?: string | undefined
  readonly body?: Json | undefined
  readonly empty?: boolean
  readonly headers?: ResponseHeaders
  /** Whether to generate the body even where there are examples. */
  readonly dynamic?: boolean
  /** Whether to generate headers, too: a scenario's response has only those it names. */
  readonly generateHeaders?: boolean
  /** The client's `Accept` header. */
  readonly accept?: string | undefined
  /** Changes an example or a generated value before it is written. */
  readonly fill?: (value: Json) => Json
}

export interface BuildContext {
  readonly contract: Contract
  readonly generate: Generate
  /** Computes the seed of generated values; called only for those, since most responses have none. */
  readonly seed: () => number
}

/**
 * Builds the response to a plan. A scripted body goes first. An example goes before a generated
 * value, since its author chose it, even if it breaks its schema. Only `dynamic` prefers a value.
 *
 * @throws Problem where no value of the schema can be generated
 */
export function buildResponse(
  operation: Operation | undefined,
  plan: ResponsePlan,
  context: BuildContext,
): HttpResponse | Promise<HttpResponse> {
  const spec = operation && responseFor(operation, plan.status)
  if (!plan.generateHeaders || !spec) return buildFromSpec(operation, spec, plan, context)
  const missing = [...spec.headers.values()].filter(
    ({ name, schema, example }) =>
      schema !== undefined && example === undefined && !(name.toLowerCase() in spec.exampleHeaders),
  )
  if (missing.length === 0) return buildFromSpec(operation, spec, plan, context)
  return generateHeaders(missing, context).then((headers) =>
    buildFromSpec(operation, spec, { ...plan, headers: { ...headers, ...plan.headers } }, context),
  )
}

/** Generates headers; one that cannot be generated is left out, since the body is what matters. */
async function generateHeaders(
  specs: readonly HeaderSpec[],
  { contract, generate, seed }: BuildContext,
): Promise<ResponseHeaders> {
  const headers: Record<string, string> = {}
  for (const [index, { name, schema, explode }] of specs.entries()) {
    const generated = await generate(contract, schema as Schema, seed() + index)
    const text = generated.ok ? formatHeader(generated.value, explode) : undefined
    if (text !== undefined && canDocumentSet(name)) headers[name.toLowerCase()] = text
  }
  return headers
}

function buildFromSpec(
  operation: Operation | undefined,
  spec: ResponseSpec | undefined,
  plan: ResponsePlan,
  { contract, generate, seed }: BuildContext,
): HttpResponse | Promise<HttpResponse> {
  const { status, body, fill = keepValue } = plan
  const headers = spec ? { ...spec.exampleHeaders, ...plan.headers } : { ...plan.headers }
  if (plan.empty || (spec && !spec.content)) {
    return { status, headers, body: undefined, from: 'contract' }
  }
  const content = spec && chooseMedia(spec, plan)
  const write = (value: Json, from: HttpResponse['from']) =>
    writeResponse({ status, headers, from }, value, content, contract)
  if (body !== undefined) return write(body, 'script')
  const name = plan.example ?? content?.examples.keys().next().value
  const example = name === undefined ? undefined : content?.examples.get(name)
  const canGenerate = content?.schema !== undefined
  const fillIn = (value: Json) => keepIfValid(fill(value), value, spec, content, contract)
  if (example !== undefined && !(plan.dynamic && canGenerate)) {
    return withExampleName(write(fillIn(example), 'example'), name)
  }
  if (content?.schema === undefined) return withoutBody(status, headers, content)
  return generate(contract, content.schema, seed()).then((generated) => {
    if (generated.ok) return write(fillIn(generated.value), 'generated')
    const what = `${status} of ${operation?.id} cannot be generated from its schema`
    const remedy = 'give the contract an example'
    throw new Problem('no-answer', `${what}: ${generated.reason}; ${remedy}`)
  })
}

const keepValue = (value: Json) => value

/** Returns the changed value, unless the schema has no room for the change. */
function keepIfValid(
  changed: Json,
  value: Json,
  spec: ResponseSpec | undefined,
  content: MediaType | undefined,
  contract: Contract,
): Json {
  if (changed === value || !spec) return value
  return contract.checkBody(spec, changed, content).length === 0 ? changed : value
}

/** Chooses what the client accepts; if it accepts none, an error is still sent. */
function chooseMedia(spec: ResponseSpec, { accept, example }: ResponsePlan): MediaType | undefined {
  const media = negotiate(spec, accept) ?? spec.content
  if (example === undefined || media?.examples.has(example)) return media
  return spec.contents.find(({ examples }) => examples.has(example)) ?? media
}

/** For a media type with neither example nor schema, such as an image. */
const withoutBody = (
  status: number,
  headers: ResponseHeaders,
  content: MediaType | undefined,
): HttpResponse => ({
  status,
  headers: { ...(content && { 'content-type': content.type }), ...headers },
  body: undefined,
  from: 'contract',
})

function withExampleName(
  response: HttpResponse | Promise<HttpResponse>,
  example: string | undefined,
) {
  if (response instanceof Promise) return response.then((each) => ({ ...each, example }))
  return { ...response, example }
}

function writeResponse(
  { status, headers, from }: Pick<HttpResponse, 'status' | 'headers' | 'from'>,
  value: Json,
  content: MediaType | undefined,
  contract: Contract,
): HttpResponse | Promise<HttpResponse> {
  const type = content?.type ?? 'application/json'
  const written = content ? contract.writeBody(content, value) : JSON.stringify(value)
  const respond = (body: string): HttpResponse => ({
    status,
    headers: { 'content-type': type, ...headers },
    body,
    from,
  })
  return typeof written === 'string' ? respond(written) : written.then(respond)
}
