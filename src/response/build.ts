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
import type { ResponsePlan } from '../scenario/model.ts'

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

export interface BuildContext {
  readonly contract: Contract
  readonly generate: Generate
  /** Computes the seed of generated values; called only for those, since most responses have none. */
  readonly seed: () => number
  /** The media type that the client prefers; undefined where it accepts none of them. */
  readonly media?: MediaType | undefined
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
  const content = spec && findContent(spec, plan, context.media)
  const target = { operation, spec, content }
  if (!plan.generateHeaders || !spec) return buildBody(target, plan, context)
  const missing = [...spec.headers.values()].filter(
    ({ name, schema, example }) =>
      schema !== undefined && example === undefined && !(name.toLowerCase() in spec.exampleHeaders),
  )
  if (missing.length === 0) return buildBody(target, plan, context)
  return generateHeaders(missing, context).then((headers) =>
    buildBody(target, { ...plan, headers: { ...headers, ...plan.headers } }, context),
  )
}

/** The part of the contract that a response follows. */
interface ResponseTarget {
  readonly operation: Operation | undefined
  readonly spec: ResponseSpec | undefined
  readonly content: MediaType | undefined
}

/** Returns the chosen media type, unless only another one has the example. */
function findContent(
  spec: ResponseSpec,
  { example }: ResponsePlan,
  chosen = spec.content,
): MediaType | undefined {
  if (example === undefined || chosen?.examples.has(example)) return chosen
  return spec.contents.find(({ examples }) => examples.has(example)) ?? chosen
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

function buildBody(
  target: ResponseTarget,
  plan: ResponsePlan,
  { contract, generate, seed }: BuildContext,
): HttpResponse | Promise<HttpResponse> {
  const { spec, content } = target
  const { status, body } = plan
  const headers = spec ? { ...spec.exampleHeaders, ...plan.headers } : { ...plan.headers }
  if (plan.empty || (spec && !spec.content)) {
    return { status, headers, body: undefined, from: 'contract' }
  }
  if (body !== undefined) {
    return writeBody({ status, headers, from: 'script' }, body, content, contract)
  }
  const name = plan.example ?? content?.examples.keys().next().value
  const example = name === undefined ? undefined : content?.examples.get(name)
  // Without a schema no value can be generated.
  if (example !== undefined && (!plan.dynamic || content?.schema === undefined)) {
    const value = fillIn(example, plan, target, contract)
    return writeBody({ status, headers, from: 'example', example: name }, value, content, contract)
  }
  if (content?.schema === undefined) return omitBody(status, headers, content)
  return generate(contract, content.schema, seed()).then((generated) => {
    if (generated.ok) {
      const value = fillIn(generated.value, plan, target, contract)
      return writeBody({ status, headers, from: 'generated' }, value, content, contract)
    }
    const what = `${status} of ${target.operation?.id} cannot be generated from its schema`
    const remedy = 'give the contract an example'
    throw new Problem('no-answer', `${what}: ${generated.reason}; ${remedy}`)
  })
}

/** Changes the value as the plan wants, unless the schema has no room for the change. */
function fillIn(
  value: Json,
  { fill }: ResponsePlan,
  { spec, content }: ResponseTarget,
  contract: Contract,
): Json {
  const changed = fill ? fill(value) : value
  if (changed === value || !spec) return value
  return contract.checkBody(spec, changed, content).length === 0 ? changed : value
}

/** For a media type with neither example nor schema, such as an image. */
const omitBody = (
  status: number,
  headers: ResponseHeaders,
  content: MediaType | undefined,
): HttpResponse => ({
  status,
  headers: { ...(content && { 'content-type': content.type }), ...headers },
  body: undefined,
  from: 'contract',
})

function writeBody(
  { status, headers, from, example }: Omit<HttpResponse, 'body'>,
  value: Json,
  content: MediaType | undefined,
  contract: Contract,
): HttpResponse | Promise<HttpResponse> {
  const type = content?.type ?? 'application/json'
  const written = content ? contract.writeBody(content, value) : JSON.stringify(value)
  const finish = (body: string): HttpResponse => ({
    status,
    headers: { 'content-type': type, ...headers },
    body,
    from,
    example,
  })
  return typeof written === 'string' ? finish(written) : written.then(finish)
}
