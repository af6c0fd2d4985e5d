/** Puts the reasons of a refusal into the document's own error body, where it has room for them. */
import type { Json, JsonObject, Violation } from '../contract/model.ts'
import { isObject } from '../contract/walk.ts'

/** Names that documents give to a message for people. */
const MESSAGE_KEY =
  /^(?:message|msg|detail|description|reason|error_?(?:message|description)|user_?message)$/i
/** Names of a list with one item for each violation. */
const LIST_KEY = /^(?:.*errors|details?|violations|issues|faults|reasons|invalid.*|messages)$/i
/** Names of the field that a violation is about. */
const FIELD_KEY =
  /^(?:field(?:_?name)?|path|param(?:eter)?|property|attribute|pointer|loc|location|key)$/i
/** Names of the part of the request: path, query, header, cookie or body. */
const PLACE_KEY = /^(?:in|place|source)$/i
const RULE_KEY = /^(?:rule|keyword|constraint)$/i

/** Returns an error body with the reasons in it; the same body where it has no room for them. */
export function explain(body: Json, reason: string, violations: readonly Violation[]): Json {
  if (Array.isArray(body)) return explainList(body, reason, violations)
  if (!isObject(body)) return body
  const object = body as JsonObject
  const entries = Object.entries(object).map(([key, value]): [string, Json] => [
    key,
    explainProperty(key, value, reason, violations),
  ])
  const isChanged = entries.some(([key, value]) => value !== object[key])
  // Some bodies have no other string than `error`.
  if (!isChanged && typeof object.error === 'string') return { ...object, error: reason }
  return isChanged ? Object.fromEntries(entries) : body
}

function explainProperty(
  key: string,
  value: Json,
  reason: string,
  violations: readonly Violation[],
): Json {
  if (typeof value === 'string') return MESSAGE_KEY.test(key) ? reason : value
  if (!Array.isArray(value)) return explain(value, reason, violations)
  return LIST_KEY.test(key) ? explainList(value, reason, violations) : value
}

/** Repeats the first item of a list for each violation. */
function explainList(
  list: readonly Json[],
  reason: string,
  violations: readonly Violation[],
): Json {
  const [template] = list
  if (template === undefined) return list
  const all = violations.length > 0 ? violations : [undefined]
  return all.map((violation) => explainItem(template, violation, reason))
}

function explainItem(template: Json, violation: Violation | undefined, reason: string): Json {
  if (typeof template === 'string') return violation ? describeViolation(violation) : reason
  if (!isObject(template)) return template
  return Object.fromEntries(
    Object.entries(template as JsonObject).map(([key, value]) => [
      key,
      explainField(key, value, violation, reason),
    ]),
  )
}

function explainField(
  key: string,
  value: Json,
  violation: Violation | undefined,
  reason: string,
): Json {
  if (MESSAGE_KEY.test(key) && typeof value === 'string') return violation?.message ?? reason
  if (!violation) return value
  const { place, field, rule } = violation
  if (FIELD_KEY.test(key) && Array.isArray(value)) return [place, ...splitField(field)]
  if (typeof value !== 'string') return value
  if (FIELD_KEY.test(key)) return field
  if (PLACE_KEY.test(key)) return place
  return RULE_KEY.test(key) ? rule : value
}

const describeViolation = ({ place, field, message }: Violation) =>
  `${place}${field && ` ${field}`}: ${message}`

const splitField = (field: string) => field.split(/[.[\]]+/).filter(Boolean)
