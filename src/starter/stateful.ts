/** A scenario that remembers what a client creates. */
import { type Contract, type Operation, responseFor } from '../contract/model.ts'
import type { Generate } from '../generate/generate.ts'
import { fits, type Plan, planOf, updated } from './item.ts'
import { itemParameter, type Resource, successOf } from './resource.ts'
import { inline, member, plain } from './written.ts'

interface Writing {
  readonly resource: Resource
  readonly contract: Contract
  readonly plan: Plan
}

/** The file; undefined where the document has no room for it. */
export async function stateful(
  resource: Resource,
  contract: Contract,
  generate: Generate,
): Promise<string | undefined> {
  const plan = await planOf(resource, contract, generate)
  const writing = plan && { resource, contract, plan }
  const answer = writing && created(writing)
  if (!writing || answer === undefined) return undefined
  const { create, read, remove } = resource
  const gone = remove ? `, until ${remove.id} takes it away` : ''
  const parts = [
    operation(create, 'A new one is remembered by its id.', {
      let: writing.plan.lets,
      rules: [{ set: remembered(writing), respond: answer }],
    }),
    reading(writing),
    ...(await updating(writing, generate)),
    removing(writing),
    listing(writing),
  ]
  const made = plan.identity.counts ? '\n  # How many were made: the next id.\n  made: 0' : ''
  return `# Played by default: what one call makes, a later one finds. Take parts away, or change them: the
# contract answers what no rule here does. See docs/scenarios.md for the language.
scenario: default
summary: ${inline(`What ${create.id} makes ${read.id} gives back${gone}.`)}
state:${made}
  # What there is, by id.
  ${resource.name}: {}
operations:
${parts.filter(Boolean).join('\n')}`
}

interface Script {
  readonly let?: Readonly<Record<string, unknown>>
  readonly rules: readonly Readonly<Record<string, unknown>>[]
}

/** What the scenario says of one operation. */
function operation({ id, method, path }: Operation, comment: string, script: Script): string {
  const lets = Object.entries(script.let ?? {}).map(
    ([name, value]) => `      ${name}: ${inline(value)}\n`,
  )
  const rules = script.rules.map((rule) =>
    Object.entries(rule)
      .map(([key, value], index) => `      ${index === 0 ? '- ' : '  '}${key}: ${inline(value)}\n`)
      .join(''),
  )
  const named = lets.length > 0 ? `    let:\n${lets.join('')}` : ''
  return `  # ${plain(`${method} ${path}`)}: ${comment}
  ${inline(id)}:
${named}    rules:
${rules.join('')}`
}

function remembered({ resource: { name }, plan: { identity } }: Writing) {
  const made = identity.counts ? { made: '${state.made + 1}' } : {}
  return { ...made, [`${name}.\${id}`]: '${item}' }
}

/** What tells a client of the new item: the item itself, its id, or nothing but where it is. */
function created({ resource: { create, read }, plan, contract }: Writing) {
  const { status, spec, content } = successOf(create)
  const { samples, identity } = plan
  const headers = spec?.headers.has('location')
    ? { headers: { location: read.path.replace(/\{[^{}]+\}\/*$/, '${id}') } }
    : {}
  if (!spec?.content) return { status, ...headers }
  if (!content) return undefined
  if (samples.every((item) => fits(create, item, contract))) {
    return { status, ...headers, body: '${item}' }
  }
  const short = fits(create, { [identity.field]: identity.sample }, contract)
  return short ? { status, ...headers, body: { [identity.field]: '${id}' } } : undefined
}

const idOf = (each: Operation) => `request.path${member(itemParameter(each))}`

/** The item that the path names; null where there is none. */
const itemOf = (name: string, each: Operation) => ({
  item: `\${state.${name}[?${idOf(each)}].orValue(null)}`,
})

const missing = (each: Operation) =>
  responseFor(each, 404) && { when: 'item == null', respond: 404 }

function reading({ resource: { name, read } }: Writing): string {
  const { status } = successOf(read)
  const none = missing(read)
  const found = { respond: { status, body: '${item}' } }
  const comment = none
    ? 'What is not there is not found.'
    : 'The document has no 404: what is not there is answered as the contract shows.'
  return operation(read, comment, {
    let: itemOf(name, read),
    rules: none ? [none, found] : [{ when: 'item != null', ...found }],
  })
}

function removing({ resource: { name, remove } }: Writing): string | undefined {
  if (!remove) return undefined
  const none = missing(remove)
  const set = { [`${name}.\${${idOf(remove)}}`]: null }
  return operation(remove, 'What is null is there no more.', {
    ...(none && { let: itemOf(name, remove) }),
    rules: [...(none ? [none] : []), { set, respond: successOf(remove).status }],
  })
}

async function updating(writing: Writing, generate: Generate): Promise<string[]> {
  const { resource, plan, contract } = writing
  const found = await Promise.all(
    resource.updates.map(async (update) => {
      const items = await updated(update, plan, contract, generate)
      const { status, spec } = successOf(update)
      if (!items?.every((item) => fits(resource.read, item, contract))) return undefined
      const told = items.every((item) => fits(update, item, contract))
      if (spec?.content && !told) return undefined
      const none = missing(update)
      const field = JSON.stringify(plan.identity.field)
      const respond = told ? { status, body: '${changed}' } : status
      const changed = `\${merged(merged(item, request.body), {${field}: item${member(plan.identity.field)}})}`
      const rule = { set: { [`${resource.name}.\${${idOf(update)}}`]: '${changed}' }, respond }
      return operation(update, 'What is sent replaces what was there.', {
        let: { ...itemOf(resource.name, update), changed },
        rules: none ? [none, rule] : [{ when: 'item != null', ...rule }],
      })
    }),
  )
  return found.flatMap((text) => text ?? [])
}

function listing({ resource: { name, list }, plan, contract }: Writing): string | undefined {
  if (!list || !fits(list, plan.samples, contract) || !fits(list, [], contract)) return undefined
  const { status } = successOf(list)
  const there = `state.${name}.filter(id, state.${name}[id] != null)`
  const body = `\${${there}.map(id, state.${name}[id])}`
  return operation(list, 'All that there is.', { rules: [{ respond: { status, body } }] })
}
