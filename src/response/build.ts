import { headerText, isHeaderName } from '../contract/http-values.ts'
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
import { negotiated } from './choose.ts'

/** By name in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>

/** What is sent, apart from what says why. */
export interface HttpResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: string | undefined
  /** The contract's name of the example that is sent, where it is one. */
  readonly example?: string | undefined
  readonly from: 'script' | 'example' | 'generated' | 'contract'
}

/** What a scenario fixed of an answer; the contract gives the rest. */
export interface ResponsePlan {
  readonly status: number
  readonly example?: string | undefined
  readonly body?: Json | undefined
  readonly empty?: boolean
  readonly headers?: ResponseHeaders
  /** Generate from the schema even where there are examples. */
  readonly dynamic?: boolean
  /** No scenario speaks: headers that the contract describes are made, too. */
  readonly whole?: boolean
  /** What the client takes, as its `Accept` header says. */
  readonly accept?: string | undefined
  /** Changes what the contract shows, before it is written. */
  readonly fill?: (value: Json) => Json
}

export interface BuildContext {
  readonly contract: Contract
  readonly generate: Generate
  /** Seeds what is generated; asked for only then, since most answers are not. */
  readonly seed: () => number
}

/** Builds an answer: scripted, else an example of the contract, else generated from its schema. */
export function build(
  operation: Operation | undefined,
  plan: ResponsePlan,
  source: BuildContext,
): HttpResponse | Promise<HttpResponse> {
  const spec = operation && responseFor(operation, plan.status)
  if (!plan.whole || !spec) return built(operation, spec, plan, source)
  const lacking = [...spec.headers.values()].filter(
    ({ name, schema, example }) =>
      schema !== undefined && example === undefined && !(name.toLowerCase() in spec.shown),
  )
  if (lacking.length === 0) return built(operation, spec, plan, source)
  return generatedHeaders(lacking, source).then((made) =>
    built(operation, spec, { ...plan, headers: { ...made, ...plan.headers } }, source),
  )
}

/** A header that cannot be made is left out: the body is what matters. */
async function generatedHeaders(
  specs: readonly HeaderSpec[],
  { contract, generate, seed }: BuildContext,
): Promise<ResponseHeaders> {
  const made: Record<string, string> = {}
  for (const [index, spec] of specs.entries()) {
    const value = await generate(contract, spec.schema as Schema, seed() + index)
    const text = value.ok ? headerText(value.value, spec.explode) : undefined
    if (text !== undefined && isHeaderName(spec.name)) made[spec.name.toLowerCase()] = text
  }
  return made
}

function built(
  operation: Operation | undefined,
  spec: ResponseSpec | undefined,
  plan: ResponsePlan,
  source: BuildContext,
): HttpResponse | Promise<HttpResponse> {
  const { status, body, example } = plan
  const { contract } = source
  const headers = spec ? { ...spec.shown, ...plan.headers } : { ...plan.headers }
  if (plan.empty || (spec && !spec.content)) {
    return { status, headers, body: undefined, from: 'contract' }
  }
  const content = spec && mediaFor(spec, plan)
  const send = (value: Json, from: HttpResponse['from']) =>
    sent({ status, headers, from }, value, content, contract)
  if (body !== undefined) return send(body, 'script')
  const name = example ?? content?.examples.keys().next().value
  const named = name === undefined ? undefined : content?.examples.get(name)
  // Without a schema an example is all there is.
  const shown = !plan.dynamic || content?.schema === undefined
  const { fill = itself } = plan
  const filled = (value: Json) => fitting(fill(value), value, spec, content, contract)
  if (named !== undefined && shown) return naming(send(filled(named), 'example'), name)
  if (!content || content.schema === undefined) return bodiless(status, headers, content)
  return source.generate(contract, content.schema, source.seed()).then((made) => {
    if (made.ok) return send(filled(made.value), 'generated')
    const what = `${status} of ${operation?.id} cannot be generated from its schema: ${made.reason}`
    throw new Problem('no-answer', `${what}; give the contract an example`)
  })
}

const itself = (value: Json) => value

/** A value that was changed, unless the schema has no room for that. */
function fitting(
  changed: Json,
  value: Json,
  spec: ResponseSpec | undefined,
  content: MediaType | undefined,
  contract: Contract,
): Json {
  if (changed === value || !spec) return value
  return contract.checkBody(spec, changed, content).length === 0 ? changed : value
}

/** What the client asks for, if it takes that at all: an error is sent in any case. */
function mediaFor(spec: ResponseSpec, { accept, example }: ResponsePlan): MediaType | undefined {
  const media = negotiated(spec, accept) ?? spec.content
  if (example === undefined || media?.examples.has(example)) return media
  return spec.contents.find(({ examples }) => examples.has(example)) ?? media
}

/** A media type of which nothing more is known: an image, say. */
const bodiless = (status: number, headers: ResponseHeaders, content: MediaType | undefined) => ({
  status,
  headers: { ...(content && { 'content-type': content.type }), ...headers },
  body: undefined,
  from: 'contract' as const,
})

function naming(built: HttpResponse | Promise<HttpResponse>, example: string | undefined) {
  if (built instanceof Promise) return built.then((each) => ({ ...each, example }))
  return { ...built, example }
}

function sent(
  { status, headers, from }: Pick<HttpResponse, 'status' | 'headers' | 'from'>,
  value: Json,
  content: MediaType | undefined,
  contract: Contract,
): HttpResponse | Promise<HttpResponse> {
  const type = content?.type ?? 'application/json'
  const written = content ? contract.writeBody(content, value) : JSON.stringify(value)
  const made = (body: string): HttpResponse => ({
    status,
    headers: { 'content-type': type, ...headers },
    body,
    from,
  })
  return typeof written === 'string' ? made(written) : written.then(made)
}
