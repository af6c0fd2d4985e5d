/** What is kept of a new item: what was sent, its id, and what the document wants beside them. */
import type { Contract, Json, Operation } from '../contract/model.ts'
import type { Generate } from '../generate/generate.ts'
import { Fields } from './fields.ts'
import { type Identity, identityOf } from './identity.ts'
import { itemParameter, type Resource, successOf } from './resource.ts'
import { literal, member } from './written.ts'

type Item = Readonly<Record<string, Json>>

export interface Plan {
  readonly identity: Identity
  /** The names that the operation that creates begins with. */
  readonly lets: Readonly<Record<string, unknown>>
  /** Items as they may turn out: with all that a client may send, and with as little. */
  readonly samples: readonly Item[]
}

interface Sides {
  readonly sent: Fields
  readonly item: Fields
  readonly contract: Contract
}

/** Undefined where the document's requests and answers have too little in common. */
export async function planOf(
  { create, read }: Resource,
  contract: Contract,
  generate: Generate,
): Promise<Plan | undefined> {
  const schema = bodySchema(create)
  const { content } = successOf(read)
  if (schema === undefined || content?.schema === undefined) return undefined
  const sides = {
    sent: new Fields(schema, contract),
    item: new Fields(content.schema, contract),
    contract,
  }
  if (!sides.sent.isObject || !sides.item.isObject) return undefined
  const body = create.body?.required ? 'request.body' : 'sent'
  const identity = identityOf(itemParameter(read), sides.item, sides.sent, body)
  const [full, example] = [await made(schema), await made(content.schema)]
  if (!identity || !full) return undefined
  return [true, false]
    .map((whole) => planned({ whole, body, identity, full, example: example ?? {} }, sides))
    .find(({ samples }) => samples.every((item) => fits(read, item, contract)))

  async function made(schema: Parameters<Generate>[1]): Promise<Item | undefined> {
    const made = await generate(contract, schema, 1)
    return made.ok && isItem(made.value) ? made.value : undefined
  }
}

const isItem = (value: Json): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const bodySchema = ({ body }: Operation) => body?.media.find(({ form }) => form === 'json')?.schema

/** Whether an operation may answer with this. */
export function fits(operation: Operation, body: Json, contract: Contract): boolean {
  const { spec, content } = successOf(operation)
  if (!spec || content?.schema === undefined) return false
  return contract.checkBody(spec, body, content).length === 0
}

interface Ways {
  /** Whether all that is sent is kept, else only what the answers are sure to have room for. */
  readonly whole: boolean
  readonly body: string
  readonly identity: Identity
  /** What a client may send. */
  readonly full: Item
  /** What it may get. */
  readonly example: Item
}

function planned({ whole, body, identity, full, example }: Ways, { sent, item }: Sides): Plan {
  const needed = sent.requiredFor('request')
  const room = item.namesFor('answer')
  const secret = sent.names.some((name) => !sent.namesFor('answer').includes(name))
  const narrow = sent.namesFor('request').some((name) => !room.includes(name))
  const all = whole && !secret && !(narrow && item.isClosed)
  const kept = all ? undefined : needed.filter((name) => room.includes(name))
  const lacking = item
    .requiredFor('answer')
    .filter((name) => name !== identity.field && !needed.includes(name))
  const rest = pick(example, lacking)
  const id = { [identity.field]: identity.sample }
  const least = pick(full, kept ?? needed)
  return {
    identity,
    lets: lets({ body, identity, kept, rest: timed(rest, item) }),
    samples: [kept ? least : pick(full, sent.namesFor('request')), least].map((own) => ({
      ...rest,
      ...own,
      ...id,
    })),
  }
}

const pick = (item: Item, names: readonly string[]): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))

/** Times are those of the session's clock. */
function timed(rest: Item, item: Fields): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => {
      const { format, type } = item.of(name)
      return [name, type === 'string' && format === 'date-time' ? '${now}' : literal(value)]
    }),
  )
}

interface Parts {
  readonly body: string
  readonly identity: Identity
  readonly kept: readonly string[] | undefined
  readonly rest: Readonly<Record<string, unknown>>
}

function lets({ body, identity, kept, rest }: Parts): Plan['lets'] {
  const base = kept ? 'kept' : body
  const hasRest = Object.keys(rest).length > 0
  const filled = hasRest ? `merged(rest, ${base})` : base
  const field = JSON.stringify(identity.field)
  const fields = kept?.map((name) => [name, `\${${body}${member(name)}}`])
  return {
    ...(body === 'sent' && { sent: '${request.body == null ? {} : request.body}' }),
    id: `\${${identity.expression}}`,
    ...(fields && { kept: Object.fromEntries(fields) }),
    ...(hasRest && { rest }),
    item: `\${merged(${filled}, {${field}: id})}`,
  }
}

/** What an update leaves of items. */
export async function updated(
  update: Operation,
  { samples }: Plan,
  contract: Contract,
  generate: Generate,
): Promise<readonly Item[] | undefined> {
  const schema = bodySchema(update)
  if (schema === undefined || !update.body?.required) return undefined
  const fields = new Fields(schema, contract)
  const sent = await generate(contract, schema, 2)
  const secret = fields.names.some((name) => !fields.namesFor('answer').includes(name))
  if (secret || !fields.isObject || !sent.ok || !isItem(sent.value)) return undefined
  const own = pick(sent.value, fields.namesFor('request'))
  return samples.map((item) => ({ ...item, ...own }))
}
