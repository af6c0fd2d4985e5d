import { type Operation, responseFor } from '../api.ts'
import { Problem } from '../errors.ts'
import { didYouMean, nearest } from '../nearest.ts'

/** What a `Prefer` header asks for (RFC 7240, with the names that Prism uses). */
export interface Preference {
  readonly code: number | undefined
  readonly example: string | undefined
  readonly dynamic: boolean
}

const OURS = ['code', 'example', 'dynamic']
/** Preferences of other standards, which a server is free to pass over. */
const OTHERS = new Set(['respond-async', 'return', 'wait', 'handling', 'depth-noroot'])

const PREFERENCE = /^([\w.-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s";,]+)))?$/

/** A header at its commas, or a part of it at its semicolons; not within quotes. */
const cut = (text: string, at: RegExp): string[] =>
  [...text.matchAll(at)].map(([part]) => part.trim()).filter(Boolean)

const COMMAS = /(?:"[^"]*"|[^",])+/g
const SEMICOLONS = /(?:"[^"]*"|[^";])+/g

/** Preferences of other standards may have parameters; ours have none, and people mix up the signs. */
const preferences = (header: string): string[] =>
  cut(header, COMMAS).flatMap((part) => {
    const name = /^[\w.-]*/.exec(part)?.[0].toLowerCase() ?? ''
    return OTHERS.has(name) ? [] : cut(part, SEMICOLONS)
  })

/** @throws Problem where a preference is not understood: silence would look like obedience */
export function parsePrefer(header: string | string[] | undefined): Preference | undefined {
  if (header === undefined) return undefined
  const found = new Map<string, string>()
  for (const part of preferences([header].flat().join(','))) {
    const [, name = '', quoted, bare] = PREFERENCE.exec(part) ?? []
    const key = name.toLowerCase()
    if (!OURS.includes(key)) {
      const hint = didYouMean(key, OURS) || `; known are ${OURS.join(', ')}`
      throw new Problem('bad-prefer', `Prefer: "${part.trim()}" is not understood${hint}`, {
        nearest: nearest(key, OURS),
      })
    }
    // RFC 7240, 2: of a preference that is named twice the first counts.
    if (!found.has(key)) found.set(key, quoted ?? bare ?? '')
  }
  if (found.size === 0) return undefined
  return {
    code: code(found.get('code')),
    example: found.get('example'),
    dynamic: dynamic(found.get('dynamic')),
  }
}

function code(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[2-5]\d\d$/.test(text)) return Number(text)
  throw new Problem('bad-prefer', `Prefer: code="${text}" is no status; 200 to 599 are`)
}

function dynamic(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false
  if (text === 'true' || text === '') return true
  throw new Problem('bad-prefer', `Prefer: dynamic="${text}" is neither true nor false`)
}

/** The status that a preference means. @throws Problem where the contract has no such answer */
export function preferredStatus(operation: Operation, { code, example }: Preference): number {
  if (code !== undefined) {
    if (!responseFor(operation, code)) throw lacking(operation, String(code), statuses(operation))
    if (example !== undefined) checkExample(operation, code, example)
    return code
  }
  if (example === undefined) return successStatus(operation)
  for (const { key, content } of operation.responses.values()) {
    if (content?.examples.has(example)) return key === 'default' ? 500 : firstOf(key)
  }
  const known = [...operation.responses.values()].flatMap(({ content }) => [
    ...(content?.examples.keys() ?? []),
  ])
  throw lacking(operation, `example "${example}"`, nearest(example, known))
}

function checkExample(operation: Operation, code: number, example: string): void {
  const known = responseFor(operation, code)?.content?.examples ?? new Map()
  if (!known.has(example)) {
    const near = nearest(example, known.keys())
    const all = [...known.keys()].slice(0, 10)
    throw lacking(operation, `example "${example}" for ${code}`, near.length > 0 ? near : all)
  }
}

const statuses = ({ responses }: Operation) => [...responses.keys()]

function lacking({ id }: Operation, what: string, near: readonly string[]): Problem {
  const hint = near.length > 0 ? `; it has ${near.join(', ')}` : ''
  return new Problem('unknown-preference', `Prefer: the contract of ${id} has no ${what}${hint}`, {
    nearest: near,
  })
}

/** `4XX` stands for 400. */
const firstOf = (key: string) => Number(key.replace(/XX$/, '00'))

/** The lowest success that an operation documents, else its lowest status of any kind. */
export function successStatus(operation: Operation): number {
  const keys = statuses(operation).filter((key) => key !== 'default')
  const sorted = keys.map(firstOf).sort((a, b) => a - b)
  return sorted.find((status) => status >= 200 && status < 300) ?? sorted[0] ?? 200
}
