/** Says why a request was refused in the words of the document's own answer, where it has room. */
import type { Json, Violation } from '../contract/model.ts'

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
export function explain(value: Json, reason: string, violations: readonly Violation[]): Json {
  if (Array.isArray(value)) return explainList(value, reason, violations)
  if (typeof value !== 'object' || value === null) return value
  const node = value as Node
  const found = Object.entries(node).map(([key, item]): [string, Json] => [
    key,
    within(key, item, reason, violations),
  ])
  const changed = found.some(([key, item]) => item !== node[key])
  // A single word for the error is the only text that some answers have.
  if (!changed && typeof node.error === 'string') return { ...node, error: reason }
  return changed ? Object.fromEntries(found) : value
}

function within(key: string, item: Json, reason: string, violations: readonly Violation[]): Json {
  if (typeof item === 'string') return TEXT.test(key) ? reason : item
  if (Array.isArray(item)) return LIST.test(key) ? explainList(item, reason, violations) : item
  return explain(item, reason, violations)
}

function explainList(
  list: readonly Json[],
  reason: string,
  violations: readonly Violation[],
): Json {
  const [form] = list
  if (form === undefined) return list
  const all = violations.length > 0 ? violations : [undefined]
  return all.map((violation) => explainItem(form, violation, reason))
}

function explainItem(form: Json, violation: Violation | undefined, reason: string): Json {
  if (typeof form === 'string') return violation ? sentence(violation) : reason
  if (typeof form !== 'object' || form === null || Array.isArray(form)) return form
  return Object.fromEntries(
    Object.entries(form as Node).map(([key, item]) => [
      key,
      explainField(key, item, violation, reason),
    ]),
  )
}

function explainField(
  key: string,
  item: Json,
  violation: Violation | undefined,
  reason: string,
): Json {
  if (TEXT.test(key) && typeof item === 'string') return violation?.message ?? reason
  if (!violation) return item
  if (FIELD.test(key) && Array.isArray(item)) return [violation.place, ...names(violation.field)]
  if (typeof item !== 'string') return item
  if (FIELD.test(key)) return violation.field
  if (PLACE.test(key)) return violation.place
  return RULE.test(key) ? violation.rule : item
}

const sentence = ({ place, field, message }: Violation) =>
  `${place}${field && ` ${field}`}: ${message}`

const names = (field: string) => field.split(/[.[\]]+/).filter(Boolean)
