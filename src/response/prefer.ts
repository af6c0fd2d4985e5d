/** Reads the `Prefer` header and its twins in the query. */
import type { RequestQuery } from '../contract/model.ts'
import { Problem } from '../errors.ts'
import { didYouMean, isMisspelt, nearest, truncate } from '../suggest.ts'

/** What a client prefers (RFC 7240, with the names that Prism uses). */
export interface Preference {
  readonly code: number | undefined
  readonly example: string | undefined
  readonly dynamic: boolean
  /** The same seed generates the same values. */
  readonly seed: number | undefined
}

const NAMES = ['code', 'example', 'dynamic', 'seed'] as const

type PreferenceName = (typeof NAMES)[number]

type Preferences = ReadonlyMap<PreferenceName, string>

/** What a request prefers, and which of its preferences the sandbox does not know. */
export interface ReadPreferences {
  readonly preference: Preference | undefined
  /** As the client wrote them. */
  readonly ignored: readonly string[]
}

/** A request that prefers nothing. */
export const NO_PREFERENCES: ReadPreferences = Object.freeze({ preference: undefined, ignored: [] })

/**
 * Reads the preferences in the header and, as `__code` and the like, in the query. If both are given,
 * the header wins. Unknown preferences are ignored (RFC 7240, 2).
 *
 * @throws Problem where one of ours is misspelt or malformed: ignoring it would look like obedience
 */
export function parsePrefer(
  header: string | string[] | undefined,
  query: RequestQuery = NO_QUERY,
): ReadPreferences {
  const { known, ignored } = readHeader(header)
  const preferences: Preferences = new Map([...readQuery(query), ...known])
  if (preferences.size === 0) return { preference: undefined, ignored }
  const preference = {
    code: parseCode(preferences.get('code')),
    example: preferences.get('example'),
    dynamic: parseDynamic(preferences.get('dynamic')),
    seed: parseSeed(preferences.get('seed')),
  }
  return { preference, ignored }
}

const NO_QUERY: RequestQuery = Object.freeze({})

const PREFERENCE = /^([\w.-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s";,]+)))?$/

function readHeader(header: string | string[] | undefined) {
  const known = new Map<PreferenceName, string>()
  const ignored: string[] = []
  for (const part of header === undefined ? [] : splitPreferences([header].flat().join(','))) {
    if (isForeign(part)) {
      ignored.push(truncate(part))
      continue
    }
    const [, name = '', quoted, unquoted] = PREFERENCE.exec(part) ?? []
    const key = requireName(name.toLowerCase(), part, 'Prefer')
    // RFC 7240, 2: the first of several preferences of the same name counts.
    if (!known.has(key)) known.set(key, quoted ?? unquoted ?? '')
  }
  return { known, ignored }
}

/** Preferences of other standards: none of them is a misspelling of ours. */
const OTHER_STANDARDS = new Set(['respond-async', 'return', 'wait', 'handling', 'depth-noroot'])

/** A token (RFC 9110, 5.6.2), which every preference begins with. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+/

/** Whether a preference is neither ours nor nearly so. What does not begin with a name is malformed. */
function isForeign(part: string): boolean {
  const name = TOKEN.exec(part)?.[0].toLowerCase()
  if (name === undefined) return false
  return OTHER_STANDARDS.has(name) || !(isName(name) || isNearMiss(name))
}

/** Whether a name looks like one of ours, misspelt, or is a status that stands alone. */
const isNearMiss = (name: string): boolean => STATUS.test(name) || isMisspelt(name, NAMES)

const STATUS = /^[1-5]\d\d$/

/** Splits the header. People mix up "," and ";": ours have no parameters, so either separates them. */
const splitPreferences = (header: string): string[] =>
  splitOutsideQuotes(header, COMMA_SEPARATED).flatMap((part) =>
    isForeign(part) ? [part] : splitOutsideQuotes(part, SEMICOLON_SEPARATED),
  )

const splitOutsideQuotes = (header: string, parts: RegExp): string[] =>
  [...header.matchAll(parts)].map(([part]) => part.trim()).filter(Boolean)

const COMMA_SEPARATED = /(?:"[^"]*"|[^",])+/g
const SEMICOLON_SEPARATED = /(?:"[^"]*"|[^";])+/g

/** Query twins use Prism's prefix; other parameters that begin like this belong to the API. */
const QUERY_PREFIX = '__'

function readQuery(query: RequestQuery): Preferences {
  const preferences = new Map<PreferenceName, string>()
  for (const parameter of Object.keys(query)) {
    if (!parameter.startsWith(QUERY_PREFIX)) continue
    const name = parameter.slice(QUERY_PREFIX.length)
    // What looks like a misspelled name of ours is refused instead.
    if (!isName(name) && !isNearMiss(name)) continue
    preferences.set(requireName(name, parameter, 'The query'), [query[parameter]].flat()[0] ?? '')
  }
  return preferences
}

const isName = (name: string): name is PreferenceName => NAMES.includes(name as PreferenceName)

/** @param written the preference as the client wrote it */
function requireName(name: string, written: string, where: string): PreferenceName {
  if (isName(name)) return name
  const hint = didYouMean(name, NAMES) || `; known are ${NAMES.join(', ')}`
  throw new Problem('bad-prefer', `${where}: "${written}" is not understood${hint}`, {
    nearest: nearest(name, NAMES),
  })
}

function parseSeed(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new Problem('bad-prefer', `Prefer: seed="${value}" must be a number from 0 to 999999999`)
}

function parseCode(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  // Which statuses there are, the contract says: see `preferredStatus`.
  if (/^[1-9]\d\d$/.test(value)) return Number(value)
  throw new Problem('bad-prefer', `Prefer: code="${value}" must be a status from 200 to 599`)
}

function parseDynamic(value: string | undefined): boolean {
  if (value === undefined || value === 'false') return false
  if (value === 'true' || value === '') return true
  throw new Problem('bad-prefer', `Prefer: dynamic="${value}" must be true or false`)
}
