/** Finds what a document lets a client create and read back. */
import type { Contract, MediaType, Operation } from '../contract/model.ts'
import { responseFor } from '../contract/model.ts'
import { successStatus } from '../response/choose.ts'
import { isName } from './written.ts'

/** The operations of a collection and of what is in it. */
export interface Resource {
  /** What the collection is called in the state. */
  readonly name: string
  readonly create: Operation
  readonly read: Operation
  readonly remove: Operation | undefined
  readonly updates: readonly Operation[]
  readonly list: Operation | undefined
}

/** Those with a way to delete first, and those that hang on nothing else before others. */
export function resourcesOf(contract: Contract): Resource[] {
  const all = [...contract.operations.values()]
  const found = all.flatMap((create) => resourceOf(create, all) ?? [])
  const rank = ({ remove, create }: Resource) =>
    (remove ? 0 : 1) + (create.path.includes('{') ? 2 : 0)
  return found.sort((one, other) => rank(one) - rank(other))
}

function resourceOf(create: Operation, all: readonly Operation[]): Resource | undefined {
  const path = bare(create.path)
  if (create.method !== 'POST' || !create.body || path.endsWith('}')) return undefined
  const ofItem = all.filter((each) => isItemOf(path, each))
  const read = ofItem.find(({ method }) => method === 'GET')
  if (!read || !succeeds(create) || !succeeds(read)) return undefined
  // What lies below something else is told apart by its id alone: a list would show too much.
  const nested = path.includes('{')
  return {
    name: nameOf(path),
    create,
    read,
    remove: ofItem.find((each) => each.method === 'DELETE' && succeeds(each)),
    updates: ofItem.filter((each) => /^(?:PUT|PATCH)$/.test(each.method) && succeeds(each)),
    list: nested
      ? undefined
      : all.find(({ method, path: own }) => method === 'GET' && bare(own) === path),
  }
}

/** Some documents list failures alone, and nothing else may be answered. */
const succeeds = (operation: Operation) => Math.floor(successStatus(operation) / 100) === 2

const bare = (path: string) => path.replace(/\/+$/, '')

/** `/pets/{petId}` is an item of `/pets`. */
const isItemOf = (collection: string, { path }: Operation) =>
  path.startsWith(`${collection}/`) && /^\{[^{}]+\}\/*$/.test(path.slice(collection.length + 1))

/** The parameter that tells an item from its like. */
export const itemParameter = ({ path }: Operation): string =>
  /\{([^{}]+)\}\/*$/.exec(path)?.[1] ?? ''

/** Keys of the state that mean something else. */
const TAKEN = ['made', '__proto__', 'constructor']

function nameOf(path: string): string {
  const last = path.split('/').at(-1) ?? ''
  const name = last.replace(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase())
  return isName(name) && !TAKEN.includes(name) ? name : 'items'
}

/** How an operation tells that all is well. */
export interface Success {
  readonly status: number
  readonly spec: ReturnType<typeof responseFor>
  /** Where it is JSON. */
  readonly content: MediaType | undefined
}

export function successOf(operation: Operation): Success {
  const status = successStatus(operation)
  const spec = responseFor(operation, status)
  const content = spec?.content?.form === 'json' ? spec.content : undefined
  return { status, spec, content }
}
