/** Works out how a scenario builds items from what clients send, so that responses can show them. */
import {
  type Contract,
  type Json,
  type Operation,
  responseFor,
  type Schema,
} from '../contract/model.ts'
import { SchemaView } from '../contract/schema.ts'
import type { Generate } from '../generate/generate.ts'
import { successStatus } from '../response/choose.ts'
import { access } from './scaffold-yaml.ts'

type Item = Readonly<Record<string, Json>>

/** What to store of a request. */
export interface ItemChange {
  /** An expression for the fields. */
  readonly stored: string
  /** Items as they may turn out. */
  readonly items: readonly Item[]
}

export interface NewItem extends ItemChange {
  readonly idField: string
  /** An expression for the id. */
  readonly id: string
  /** Values for fields that responses must have and requests need not. */
  readonly defaults: Item
}

export class ItemPlanner {
  readonly #read: Operation
  readonly #contract: Contract
  readonly #generate: Generate

  /** @param read the operation whose responses show the items */
  constructor(read: Operation, contract: Contract, generate: Generate) {
    this.#read = read
    this.#contract = contract
    this.#generate = generate
  }

  /** @returns undefined where responses cannot show what is sent */
  async planNew(create: Operation): Promise<NewItem | undefined> {
    const { shown, sent } = (await this.#describe(create)) ?? {}
    const idField = shown && findIdField(itemParameter(this.#read), shown.fields)
    if (!shown || !sent || idField === undefined) return undefined
    const { newId, sample } = planId(shown.shape.property(idField))
    const known = [idField, ...sent.required]
    const missing = shown.required.filter((name) => !known.includes(name))
    const defaults = pick(shown.example, missing)
    const change = await this.planChange(create, [{ ...defaults, [idField]: sample }])
    if (!change) return undefined
    const ownId = `request.body${access(idField, '?')}.orValue(${newId})`
    const id = sent.fields.includes(idField) ? ownId : newId
    return { ...change, idField, id, defaults: toTemplates(defaults, shown.shape) }
  }

  /** Stores all that is sent, else the fields that every request has and responses show. */
  async planChange(operation: Operation, before: readonly Item[]): Promise<ItemChange | undefined> {
    const { shown, sent } = (await this.#describe(operation)) ?? {}
    if (!shown || !sent) return undefined
    const isSecret = (name: string) => has(sent.shape.property(name), 'writeOnly', true)
    const common = sent.required.filter((name) => shown.fields.includes(name) && !isSecret(name))
    const entries = common.map((name) => `${JSON.stringify(name)}: request.body${access(name)}`)
    const whole = { stored: 'request.body', sizes: [sent.required, sent.fields] }
    const part = { stored: `{${entries.join(', ')}}`, sizes: [common] }
    return [...(sent.fields.some(isSecret) ? [] : [whole]), ...(common.length > 0 ? [part] : [])]
      .map(({ stored, sizes }) => {
        const changes = sizes.map((names) => pick(sent.example, names))
        return { stored, items: changes.flatMap((it) => before.map((old) => ({ ...old, ...it }))) }
      })
      .find(({ items }) => this.fits(this.#read, items))
  }

  /** Whether an operation may succeed with each of these bodies. */
  fits(operation: Operation, bodies: readonly Json[]): boolean {
    const { spec, content } = successOf(operation)
    if (!spec || !content) return false
    return bodies.every((body) => this.#contract.checkBody(spec, body, content).length === 0)
  }

  /** The objects that an operation takes, and those that responses show. */
  async #describe(operation: Operation) {
    const sent = await this.#describeSchema(bodySchema(operation), 'readOnly')
    const shown = await this.#describeSchema(successOf(this.#read).content?.schema, 'writeOnly')
    return sent && shown && { sent, shown }
  }

  /** @param hidden the flag of fields that this side does not have */
  async #describeSchema(schema: Schema | undefined, hidden: 'readOnly' | 'writeOnly') {
    const shape = new SchemaView(schema, this.#contract.follow)
    if (schema === undefined || !shape.isObject) return undefined
    const made = await this.#generate(this.#contract, schema, 1)
    if (!made.ok) return undefined
    const fields = [...new Set(shape.propertyNames)].filter(
      (name) => !has(shape.property(name), hidden, true),
    )
    const required = requiredNames(schema, this.#contract).filter((name) => fields.includes(name))
    return { shape, fields, required, example: made.value as Item }
  }
}

/** Whether a schema, or one that it is made of, has a keyword with this value. */
const has = ({ parts }: SchemaView, keyword: string, value: unknown) =>
  parts.some((part) => part[keyword] === value)

/** The fields that every object of a schema has, whichever of its branches it follows. */
export function requiredNames(schema: unknown, contract: Contract, seen = new Set()): string[] {
  const target = contract.follow(schema)
  // Schemas may refer to themselves.
  if (seen.has(target)) return []
  seen.add(target)
  const { required, allOf } = target
  const own = Array.isArray(required) ? required.map(String) : []
  const parts = Array.isArray(allOf) ? allOf : []
  return [...own, ...parts.flatMap((part) => requiredNames(part, contract, seen))]
}

/** Finds the field for `petId`: one of that name, else one that the name ends with, else `id`. */
function findIdField(parameter: string, fields: readonly string[]): string | undefined {
  const letters = (text: string) => text.replace(/[^A-Za-z0-9]/g, '').toLowerCase()
  const wanted = letters(parameter)
  return (
    fields.find((field) => letters(field) === wanted) ??
    fields.find((field) => letters(field).length > 1 && wanted.endsWith(letters(field))) ??
    fields.find((field) => letters(field) === 'id')
  )
}

/** An expression for a new id, and an id that it may give. */
function planId(shape: SchemaView): { readonly newId: string; readonly sample: Json } {
  if (shape.types.has('integer') || shape.types.has('number')) {
    return { newId: 'state.made + 1', sample: 1 }
  }
  const zeros = has(shape, 'format', 'uuid') ? '00000000-0000-4000-8000-' : ''
  return zeros
    ? { newId: `"${zeros}" + newId().substring(6)`, sample: `${zeros}000000000001` }
    : { newId: 'newId()', sample: '100000000000000001' }
}

/** Values for a scenario: times are those of its clock, and no text is an expression. */
function toTemplates(item: Item, shape: SchemaView): Item {
  const literals: Item = JSON.parse(JSON.stringify(item).replaceAll('${', () => '$${'))
  const times = Object.keys(item).filter((name) => has(shape.property(name), 'format', 'date-time'))
  return { ...literals, ...Object.fromEntries(times.map((name) => [name, '${now}'])) }
}

const pick = (item: Item, names: readonly string[]): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))

/** The schema of the JSON that an operation takes. */
export const bodySchema = ({ body }: Operation) =>
  body?.media.find(({ format }) => format === 'json')?.schema

/** The path parameter that tells items apart. */
export const itemParameter = ({ path }: Operation) => /\{([^{}]+)\}/.exec(path)?.[1] ?? ''

/** The response of success, with its content where that is JSON. */
export function successOf(operation: Operation) {
  const status = successStatus(operation)
  const spec = responseFor(operation, status)
  return { status, spec, content: spec?.content?.format === 'json' ? spec.content : undefined }
}
