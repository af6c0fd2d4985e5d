/** Writes the scenario that remembers what clients create, where a document lets them read it back. */
import { type Contract, type Operation, responseFor } from '../contract/model.ts'
import type { Generate } from '../generate/generate.ts'
import { successStatus } from '../response/choose.ts'
import { ItemPlanner, itemParameter, type NewItem, successOf } from './scaffold-item.ts'
import { access, formatScenario, isIdentifier, type OperationPart } from './scaffold-yaml.ts'

/** A collection such as `/pets`, with items such as `/pets/{petId}`. */
export interface Resource {
  /** The key of the items in the state. */
  readonly name: string
  readonly create: Operation
  readonly read: Operation
  readonly list: Operation | undefined
  readonly updates: readonly Operation[]
  readonly remove: Operation | undefined
}

/** Finds resources; those whose items can be deleted come first. */
export function findResources({ operations }: Contract): Resource[] {
  // Some operations document errors only, and a scenario cannot answer anything else.
  const all = [...operations.values()].filter((each) => successStatus(each) < 300)
  const find = (method: string, path: string) =>
    all.find((each) => each.method === method && toPattern(each) === path)
  const found = all.flatMap((create): Resource[] => {
    const path = toPattern(create)
    const read = find('GET', `${path}/{}`)
    // Items of a nested collection would have to be stored under the ids of their parents.
    if (create.method !== 'POST' || !create.body || !read || path.includes('{')) return []
    const updates = ['PUT', 'PATCH'].flatMap((method) => find(method, `${path}/{}`) ?? [])
    const remove = find('DELETE', `${path}/{}`)
    return [{ name: toStateKey(path), create, read, list: find('GET', path), updates, remove }]
  })
  return found.sort((one, other) => Number(!one.remove) - Number(!other.remove))
}

const toPattern = ({ path }: Operation) => path.replace(/\/$/, '').replace(/\{[^{}]+\}/g, '{}')

function toStateKey(path: string): string {
  const last = path.split('/').at(-1) ?? ''
  const name = last.replace(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase())
  // `made` is the counter of items.
  return isIdentifier(name) && name !== 'made' ? name : 'items'
}

const HEADER = `# The default scenario: later calls find what earlier calls created. Change or remove rules as you
# like: the contract answers where no rule does. See docs/scenarios.md for the language.`

/** @returns the text of default.yaml; undefined where responses cannot show what is created */
export async function writeResourceScenario(
  resource: Resource,
  contract: Contract,
  generate: Generate,
): Promise<string | undefined> {
  const { name, create, read, list, updates, remove } = resource
  const planner = new ItemPlanner(read, contract, generate)
  const plan = await planner.planNew(create)
  const draft = plan && { resource, contract, planner, plan }
  const creating = draft && writeCreate(draft)
  if (!draft || !creating) return undefined
  const { status } = successOf(read)
  const reading = { operation: read, comment: 'returns a stored item.' }
  const parts = [
    creating,
    onItem(name, { ...reading, respond: { status, body: '${item}' } }),
    ...(await Promise.all(updates.map((update) => writeUpdate(draft, update)))),
    remove && writeRemove(name, remove),
    list && writeList(draft, list),
  ].flatMap((part) => part ?? [])
  const end = remove ? `, until ${remove.id} deletes it` : ''
  const head = {
    scenario: 'default',
    summary: `${read.id} returns what ${create.id} created${end}.`,
    state: { ...(isCounted(draft.plan) && { made: 0 }), [name]: {} },
  }
  return formatScenario(HEADER, head, parts)
}

interface Draft {
  readonly resource: Resource
  readonly contract: Contract
  readonly plan: NewItem
  readonly planner: ItemPlanner
}

const isCounted = ({ id }: NewItem) => id.includes('state.made')

/** Stores a new item, and responds with all of it, with its id, or only with where it is. */
function writeCreate(draft: Draft): OperationPart | undefined {
  const { resource, plan, planner } = draft
  const { name, create } = resource
  const { idField, id, defaults, stored, items } = plan
  const { status, spec } = successOf(create)
  const ids = items.map((item) => ({ [idField]: item[idField] ?? null }))
  const body = planner.fits(create, items)
    ? '${item}'
    : planner.fits(create, ids) && { [idField]: '${id}' }
  if (spec?.content && !body) return undefined
  const hasDefaults = Object.keys(defaults).length > 0
  const fields = hasDefaults ? `merged(defaults, ${stored})` : stored
  const location = findLocation(draft)
  const rule = {
    ...onlyWithBody(create),
    set: { ...(isCounted(plan) && { made: '${state.made + 1}' }), [`${name}.\${id}`]: '${item}' },
    respond: {
      status,
      ...(location && { headers: { location } }),
      ...(body && { body }),
    },
  }
  const lets = {
    id: `\${${id}}`,
    ...(hasDefaults && { defaults }),
    item: `\${merged(${fields}, {${JSON.stringify(idField)}: id})}`,
  }
  return { operation: create, comment: 'stores a new item.', script: { let: lets, rules: [rule] } }
}

/** Where a new item is: a path, or a whole URL if the document wants one. */
function findLocation({ resource: { create, read }, contract, plan }: Draft): string | undefined {
  const header = successOf(create).spec?.headers.get('location')
  if (!header) return undefined
  const [base = ''] = read.basePaths ?? contract.basePaths
  const path = `${base.replace(/\/$/, '')}${read.path.replace(/\{[^{}]+\}/, '${id}')}`
  const id = String(plan.items[0]?.[plan.idField])
  return [path, `http://\${request.headers.host}${path}`].find((location) => {
    const sample = location.replace('${id}', id).replace('${request.headers.host}', 'localhost')
    return contract.checkHeader(header, sample).length === 0
  })
}

async function writeUpdate(
  { resource: { name }, plan: { idField, items }, planner }: Draft,
  update: Operation,
): Promise<OperationPart | undefined> {
  const change = await planner.planChange(update, items)
  const { status, spec } = successOf(update)
  const isShown = change && planner.fits(update, change.items)
  if (!change || (spec?.content && !isShown)) return undefined
  const id = `{${JSON.stringify(idField)}: item${access(idField)}}`
  const changed = `\${merged(merged(item, ${change.stored}), ${id})}`
  return onItem(name, {
    operation: update,
    comment: 'replaces the fields that are sent.',
    let: { changed },
    ...onlyWithBody(update),
    set: { [`${name}.\${${itemKey(update)}}`]: '${changed}' },
    respond: isShown ? { status, body: '${changed}' } : status,
  })
}

const writeRemove = (name: string, remove: Operation) =>
  onItem(name, {
    operation: remove,
    comment: 'deletes an item. Deleted items are null.',
    set: { [`${name}.\${${itemKey(remove)}}`]: null },
    respond: successOf(remove).status,
  })

function writeList({ resource: { name }, plan, planner }: Draft, list: Operation) {
  if (!planner.fits(list, [plan.items, []])) return undefined
  const body = `\${state.${name}.filter(id, state.${name}[id] != null).map(id, state.${name}[id])}`
  const rules = [{ respond: { status: successOf(list).status, body } }]
  return { operation: list, comment: 'lists the items that are not deleted.', script: { rules } }
}

interface ItemRule {
  readonly operation: Operation
  readonly comment: string
  readonly let?: object
  readonly when?: string
  readonly set?: object
  readonly respond: unknown
}

/** Applies a rule to the item that the path names, where there is one. */
function onItem(name: string, rule: ItemRule): OperationPart {
  const { operation, comment, let: lets, when, ...effect } = rule
  const has404 = responseFor(operation, 404) !== undefined
  const condition = [has404 ? undefined : 'item != null', when].filter(Boolean).join(' && ')
  const rules = [
    ...(has404 ? [{ when: 'item == null', respond: 404 }] : []),
    { ...(condition && { when: condition }), ...effect },
  ]
  const item = `\${state.${name}[?${itemKey(operation)}].orValue(null)}`
  return { operation, comment, script: { let: { item, ...lets }, rules } }
}

const itemKey = (operation: Operation) => `request.path${access(itemParameter(operation))}`

/** The contract answers where an optional body is left out. */
const onlyWithBody = ({ body }: Operation) =>
  body?.required ? {} : { when: 'request.body != null' }
