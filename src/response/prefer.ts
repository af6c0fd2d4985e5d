import { Problem } from '../errors.ts'
import { didYouMean, nearest } from '../suggest.ts'

/** What a `Prefer` header asks for (RFC 7240, with the names that Prism uses). */
export interface Preference {
  readonly code: number | undefined
  readonly example: string | undefined
  readonly dynamic: boolean
  /** Generated values of the same seed are the same. */
  readonly seed: number | undefined
}

const OURS = ['code', 'example', 'dynamic', 'seed'] as const

type Name = (typeof OURS)[number]
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

type Query = Readonly<Record<string, string | string[]>>

/**
 * What the header asks for, and what the query does as `__code` and the like: the header goes first.
 *
 * @throws Problem where a preference is not understood: silence would look like obedience
 */
export function parsePrefer(
  header: string | string[] | undefined,
  query: Query = NOTHING,
): Preference | undefined {
  const found = new Map([...ofQuery(query), ...ofHeader(header)])
  if (found.size === 0) return undefined
  return {
    code: code(found.get('code')),
    example: found.get('example'),
    dynamic: dynamic(found.get('dynamic')),
    seed: seed(found.get('seed')),
  }
}

const NOTHING: Query = Object.freeze({})

function ofHeader(header: string | string[] | undefined): Map<Name, string> {
  const found = new Map<Name, string>()
  if (header === undefined) return found
  for (const part of preferences([header].flat().join(','))) {
    const [, name = '', quoted, bare] = PREFERENCE.exec(part) ?? []
    const key = known(name.toLowerCase(), OURS, part.trim(), 'Prefer')
    // RFC 7240, 2: of a preference that is named twice the first counts.
    if (!found.has(key)) found.set(key, quoted ?? bare ?? '')
  }
  return found
}

const PREFIX = '__'

/** Names that begin as Prism's do; an API of one's own has no such. */
function ofQuery(query: Query): Map<Name, string> {
  const found = new Map<Name, string>()
  for (const name of Object.keys(query)) {
    if (!name.startsWith(PREFIX)) continue
    const word = name.slice(PREFIX.length)
    // An API may have such names itself; only what looks like a slip of ours is refused.
    const near = word.length > 1 && nearest(word, OURS).length > 0
    if (!OURS.includes(word as Name) && !near) continue
    const key = known(word, OURS, name, 'The query')
    found.set(key, [query[name]].flat()[0] ?? '')
  }
  return found
}

function known(name: string, names: readonly Name[], given: string, where: string): Name {
  if (names.includes(name as Name)) return name as Name
  const hint = didYouMean(name, names) || `; known are ${names.join(', ')}`
  throw new Problem('bad-prefer', `${where}: "${given}" is not understood${hint}`, {
    nearest: nearest(name, names),
  })
}

function seed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Problem('bad-prefer', `Prefer: seed="${text}" is no seed; 0 to 999999999 are`)
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
