/** What a binding looks for in a request, and whether any request can have it. */
import type { Operation } from '../contract/model.ts'
import { didYouMean } from '../suggest.ts'

/** What a request must have: all of what is given. */
export interface Match {
  readonly token?: string
  readonly apiKey?: string
  /** Path parameters and their values. */
  readonly path?: Readonly<Record<string, string>>
  /** Fields of a JSON body, such as `user.id` or `resourceIds[0]`, and their values. */
  readonly body?: Readonly<Record<string, string | number | boolean>>
}

/** What of a request a binding can look at. */
export interface BindingSubject {
  readonly token: string
  readonly apiKey: string
  readonly path: Readonly<Record<string, string>>
  /** The body as JSON; read only if a binding looks at it. */
  body(): unknown
}

export interface Criterion {
  readonly kind: keyof Match
  /** The name of a path parameter or the keys that lead to a field; empty for credentials. */
  readonly keys: readonly string[]
  /** The value as `readCriterion` returns it. */
  readonly value: string
}

/** Lists what a request must have. */
export function listCriteria({ token, apiKey, path = {}, body = {} }: Match): Criterion[] {
  return [
    ...(token === undefined ? [] : [{ kind: 'token', keys: [], value: token } as const]),
    ...(apiKey === undefined ? [] : [{ kind: 'apiKey', keys: [], value: apiKey } as const]),
    ...Object.entries(path).map(
      ([name, value]) => ({ kind: 'path', keys: [name], value }) as const,
    ),
    ...Object.entries(body).map(
      ([field, value]) =>
        ({ kind: 'body', keys: splitField(field), value: JSON.stringify(value) }) as const,
    ),
  ]
}

/** A value that no binding has, for requests without the field. */
const NOTHING = ''

/** Returns what a request has where a criterion looks, in the form in which values are compared. */
export function readCriterion(
  { token, apiKey, path, body }: BindingSubject,
  { kind, keys }: Pick<Criterion, 'kind' | 'keys'>,
): string {
  if (kind === 'token') return token
  if (kind === 'apiKey') return apiKey
  const [name = ''] = keys
  if (kind === 'path') return Object.hasOwn(path, name) ? (path[name] ?? NOTHING) : NOTHING
  return JSON.stringify(fieldAt(body(), keys)) ?? NOTHING
}

function fieldAt(body: unknown, keys: readonly string[]): unknown {
  let node = body
  for (const key of keys) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined
    node = (node as Record<string, unknown>)[key]
  }
  return node
}

/** A field as errors write it, `ids[0].name`, or with dots alone, `ids.0.name`. */
const FIELD = /^(?:[^.[\]]+|\[\d+\])(?:\.[^.[\]]+|\[\d+\])*$/

const splitField = (field: string): string[] => field.match(/[^.[\]]+/g) ?? []

/** Says why no request can match, of all operations that are served; undefined where one can. */
export function explainMismatch(
  match: Match,
  operations: readonly Operation[],
): string | undefined {
  const { token, apiKey, path = {}, body = {} } = match
  if (token !== undefined && /\s/.test(token)) return 'a bearer token has no spaces'
  const malformed = Object.keys(body).find((field) => !FIELD.test(field))
  if (malformed !== undefined) {
    return `"${malformed}" is not a field of a body; write user.id or resourceIds[0]`
  }
  const names = [...new Set(operations.flatMap(listPathNames))]
  const unknown = Object.keys(path).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, names) || `; there are ${names.join(', ') || 'none'}`
    return `no operation has the path parameter "${unknown}"${hint}`
  }
  const possible = operations.filter((operation) => {
    const own = listPathNames(operation)
    return Object.keys(path).every((name) => own.includes(name))
  })
  if (possible.length === 0) {
    return `no operation has all of the path parameters ${Object.keys(path).join(', ')}`
  }
  if (apiKey === undefined || possible.some(({ apiKeys }) => apiKeys.length > 0)) return undefined
  const those = Object.keys(path).length > 0 ? 'with these path parameters ' : ''
  return `no operation ${those}takes an api-key`
}

const listPathNames = ({ path }: Operation): string[] =>
  [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name)
