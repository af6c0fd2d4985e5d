/** Says why a request was refused in the words of the document's own answer, where it has room. */
import type { Json, RequestFault } from '../contract/model.ts'

type Node = Readonly<Record<string, Json>>

/** What documents call a text for people. */
const TEXT =
  /^(?:message|msg|detail|description|reason|error_?(?:message|description)|user_?message)$/i
/** What they call a list of single faults. */
const LIST = /^(?:.*errors|details?|violations|issues|faults|reasons|invalid.*|messages)$/i
/** What they call the place of a fault. */
const FIELD =
  /^(?:field(?:_?name)?|path|param(?:eter)?|property|attribute|pointer|loc|location|key)$/i
const PLACE = /^(?:in|place|source)$/i
const RULE = /^(?:rule|keyword|constraint)$/i

/** An answer's value with the reasons in it; itself where it has no place for them. */
export function reasoned(value: Json, reason: string, faults: readonly RequestFault[]): Json {
  if (Array.isArray(value)) return listed(value, reason, faults)
  if (typeof value !== 'object' || value === null) return value
  const node = value as Node
  const found = Object.entries(node).map(([key, item]): [string, Json] => [
    key,
    within(key, item, reason, faults),
  ])
  const changed = found.some(([key, item]) => item !== node[key])
  // A single word for the error is the only text that some answers have.
  if (!changed && typeof node.error === 'string') return { ...node, error: reason }
  return changed ? Object.fromEntries(found) : value
}

function within(key: string, item: Json, reason: string, faults: readonly RequestFault[]): Json {
  if (typeof item === 'string') return TEXT.test(key) ? reason : item
  if (Array.isArray(item)) return LIST.test(key) ? listed(item, reason, faults) : item
  return reasoned(item, reason, faults)
}

function listed(list: readonly Json[], reason: string, faults: readonly RequestFault[]): Json {
  const [form] = list
  if (form === undefined) return list
  const all = faults.length > 0 ? faults : [undefined]
  return all.map((fault) => one(form, fault, reason))
}

function one(form: Json, fault: RequestFault | undefined, reason: string): Json {
  if (typeof form === 'string') return fault ? sentence(fault) : reason
  if (typeof form !== 'object' || form === null || Array.isArray(form)) return form
  return Object.fromEntries(
    Object.entries(form as Node).map(([key, item]) => [key, part(key, item, fault, reason)]),
  )
}

function part(key: string, item: Json, fault: RequestFault | undefined, reason: string): Json {
  if (TEXT.test(key) && typeof item === 'string') return fault?.message ?? reason
  if (!fault) return item
  if (FIELD.test(key) && Array.isArray(item)) return [fault.place, ...names(fault.field)]
  if (typeof item !== 'string') return item
  if (FIELD.test(key)) return fault.field
  if (PLACE.test(key)) return fault.place
  return RULE.test(key) ? fault.rule : item
}

const sentence = ({ place, field, message }: RequestFault) =>
  `${place}${field && ` ${field}`}: ${message}`

const names = (field: string) => field.split(/[.[\]]+/).filter(Boolean)
