/** Requests that a document refuses: valid ones with one thing wrong each. */
import { isNode, type Node, type Parameter, type Reading } from './reading.ts'
import {
  isForm,
  isJson,
  isMultipart,
  type Request,
  type Sent,
  shownBy,
  written,
} from './requests.ts'
import type { Opinion } from './validator.ts'

export interface Mutation {
  readonly what: string
  readonly sent: Sent
}

export class Mutations {
  readonly reading: Reading
  readonly opinion: Opinion

  constructor(reading: Reading, opinion: Opinion) {
    this.reading = reading
    this.opinion = opinion
  }

  async of(request: Request): Promise<Mutation[]> {
    return [
      ...this.#strangers(request),
      ...this.#dropped(request),
      ...(await this.#parameters(request)),
      ...this.#bodies(request),
      ...(await this.#fields(request)),
    ]
  }

  /** Requests without credentials, and without each one of several that are required together. */
  #strangers(request: Request): Mutation[] {
    const { security } = request.operation
    if (security.length === 0 || security.some((schemes) => schemes.every(isUnseen))) return []
    const asked = (shownBy(request.operation) ?? []).filter((scheme) => !isUnseen(scheme))
    // A key that is also a parameter is left out as a parameter.
    const declared = request.operation.parameters.map(({ name }) => name)
    if (asked.some(({ name }) => declared.includes(String(name)))) return []
    const fewer = asked.map((scheme) => asked.filter((other) => other !== scheme))
    return fewer
      .filter((shown) => !security.some((schemes) => schemes.every((one) => isIn(one, shown))))
      .map((shown) => {
        const what = `only ${shown.length} of ${asked.length} credentials are shown`
        return { what, sent: written({ ...request, shown }) }
      })
  }

  #dropped(request: Request): Mutation[] {
    return [...request.values.keys()]
      .filter((parameter) => parameter.required && parameter.in !== 'path')
      .map((parameter) => {
        const values = new Map(request.values)
        values.delete(parameter)
        const what = `${parameter.in} ${parameter.name} is left out`
        return { what, sent: written({ ...request, values }) }
      })
  }

  /** Values of another type, or outside the enum. */
  async #parameters(request: Request): Promise<Mutation[]> {
    const found: Mutation[] = []
    for (const parameter of request.values.keys()) {
      const value = await this.#wrong(parameter)
      if (value === undefined) continue
      const values = new Map(request.values).set(parameter, value)
      const what = `${parameter.in} ${parameter.name} is "${value}"`
      found.push({ what, sent: written({ ...request, values }) })
    }
    return found
  }

  async #wrong({ schema, content }: Parameter): Promise<string | undefined> {
    if (!schema || content !== undefined) return undefined
    const { value } = this.reading.followed(schema)
    const { type, enum: listed } = (value ?? {}) as Node
    const plain = ['integer', 'number', 'boolean', 'string'].includes(String(type))
    if (!plain || (type === 'string' && !listed)) return undefined
    const wrong = 'no-such-value'
    return (await this.opinion.faults(schema, wrong)).length > 0 ? wrong : undefined
  }

  #bodies(request: Request): Mutation[] {
    const { operation, body } = request
    if (!body) return []
    const found: Mutation[] = []
    if (operation.body?.required) {
      found.push({ what: 'the body is left out', sent: written({ ...request, body: undefined }) })
    }
    if (isJson(body.media.type)) {
      const sent = written(request)
      found.push({ what: 'the body is cut off', sent: { ...sent, body: '{"cut":' } })
      if (operation.body?.content.every(({ type }) => isJson(type))) {
        const headers = { ...sent.headers, 'content-type': 'application/x-nobody-knows' }
        found.push({ what: 'the body is of an unknown type', sent: { ...sent, headers } })
      }
    }
    return found
  }

  /** Fields of the body, each missing and of another type, where the document forbids that. */
  async #fields(request: Request): Promise<Mutation[]> {
    const { body } = request
    if (!body?.media.schema || !isNode(body.value)) return []
    const { media, value } = body
    const asText = isForm(media.type) || isMultipart(media.type)
    if (!isJson(media.type) && !asText) return []
    const found: Mutation[] = []
    const add = async (what: string, changed: unknown) => {
      const faults = media.schema ? await this.opinion.faults(media.schema, changed) : []
      if (faults.length === 0) return
      found.push({ what, sent: written({ ...request, body: { media, value: changed } }) })
    }
    for (const name of Object.keys(value).slice(0, MOST)) {
      const { [name]: present, ...rest } = value
      await add(`${name} of the body is left out`, rest)
      // A field of a form is a string and may be read as one.
      if (asText && !['number', 'boolean'].includes(typeof present)) continue
      const isText = asText || typeof present === 'object'
      const other = isText ? 'no-such-value' : { no: 'such value' }
      await add(`${name} of the body is of another type`, { ...rest, [name]: other })
    }
    return found
  }
}

/** How many fields of a body are tried: some have very many. */
const MOST = 4

/** Whether a scheme is part of the connection, or undefined: nothing of it can be missing. */
const isUnseen = ({ type }: Node) => type === 'mutualTLS' || type === undefined

const isIn = (scheme: Node, shown: readonly Node[]) =>
  isUnseen(scheme) || shown.some((other) => placeOf(other) === placeOf(scheme))

/** Identifies how a scheme is sent: two of them may use the same header. */
function placeOf({ type, in: where, name, scheme }: Node): string {
  if (type === 'apiKey') return `${where} ${name}`
  return type === 'http' ? String(scheme).toLowerCase() : 'bearer'
}
