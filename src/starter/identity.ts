/** The field of an item that its path names, and how a new one comes by its value. */
import type { Fields } from './fields.ts'
import { member, optional } from './written.ts'

export interface Identity {
  readonly field: string
  /** An expression for the id of a new item. */
  readonly expression: string
  /** Whether it counts what was made. */
  readonly counts: boolean
  readonly sample: string | number
}

const KEYS = ['id', 'uuid', 'key', 'slug', 'code', 'number', 'name']

const letters = (text: string) => text.replace(/[^A-Za-z0-9]/g, '').toLowerCase()

/** `petId` is the field `petId`, else `id`. */
function fieldOf(parameter: string, names: readonly string[]): string | undefined {
  const wanted = letters(parameter)
  const same = names.find((name) => letters(name) === wanted)
  if (same !== undefined) return same
  const ending = KEYS.find((key) => wanted.endsWith(key) && names.some((name) => isKey(name, key)))
  const key = ending ?? 'id'
  return names.find((name) => isKey(name, key))
}

const isKey = (name: string, key: string) => letters(name) === key

/** @param body what an expression calls the request's body */
export function identityOf(
  parameter: string,
  item: Fields,
  request: Fields,
  body: string,
): Identity | undefined {
  const field = fieldOf(parameter, item.namesFor('answer'))
  if (field === undefined) return undefined
  const made = madeOf(item.of(field))
  if (request.requiredFor('request').includes(field)) {
    return { ...made, field, expression: body + member(field), counts: false }
  }
  if (!request.namesFor('request').includes(field)) return { ...made, field }
  // A client may choose it, and need not.
  const expression = `${body}${optional(field)}.orValue(${made.expression})`
  return { ...made, field, expression }
}

function madeOf({ type, format }: Readonly<Record<string, unknown>>): Omit<Identity, 'field'> {
  const types = [type].flat()
  if (types.includes('integer') || types.includes('number')) {
    return { expression: 'state.made + 1', counts: true, sample: 1 }
  }
  if (format === 'uuid') {
    const zeros = '00000000-0000-4000-8000-'
    const expression = `"${zeros}" + newId().substring(6)`
    return { expression, counts: false, sample: `${zeros}000000000001` }
  }
  return { expression: 'newId()', counts: false, sample: '100000000000000001' }
}
