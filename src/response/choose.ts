/** Which status, media type and example is sent. */
import Negotiator from 'negotiator'
import { essence } from '../contract/http-values.ts'
import type { MediaType, ResponseSpec } from '../contract/model.ts'
import { type Operation, responseFor } from '../contract/model.ts'
import { Problem } from '../errors.ts'
import { nearest } from '../suggest.ts'
import type { Preference } from './prefer.ts'

/** What a client takes, as its `Accept` header says. */
export const readAccept = ({ accept }: Headers): string | undefined =>
  Array.isArray(accept) ? accept.join(', ') : accept

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The media type that the client likes best; undefined where it takes none of them. */
export function chooseMedia(spec: ResponseSpec, accept: string | undefined): MediaType | undefined {
  const { content, contents } = spec
  // An empty header says nothing of what is liked.
  if (!content || !accept?.trim() || accept === '*/*') return content
  // Nearly all clients take JSON by name, or anything: with one media type there is no more to choose.
  if (accept === content.type) return content
  if (contents.length === 1 && PLAIN.test(accept) && takesType(accept, content.type)) return content
  return liked(content, contents, accept)
}

/** Media ranges without parameters, weights among them. */
const PLAIN = /^[\w.+*/-]+(?:, ?[\w.+*/-]+)*$/

const takesType = (accept: string, type: string): boolean =>
  accept.split(',').some((range) => range.trim() === type || range.trim() === '*/*')

function liked(
  content: MediaType,
  contents: readonly MediaType[],
  accept: string,
): MediaType | undefined {
  // Among those it likes alike, what is sent without being asked goes first.
  const media = [content, ...contents.filter((each) => each !== content)]
  // What is sent is UTF-8, whatever the client says of letters.
  const whole = accept.replace(CHARSET, '')
  const asked = whole.split(',').map(withoutParameters)
  const of = (ranges: readonly string[], nameOf: (name: string) => string) =>
    best(media, ranges.join(), ({ type }) => nameOf(essence(type)))
  return (
    best(media, whole, ({ type }) => type) ??
    of(asked, (name) => name) ??
    // A client that takes JSON can read what is made of it: `application/problem+json`.
    of(asked, bare) ??
    // A vendor's own name for JSON is more than many documents know: `application/vnd.github+json`.
    of(asked.map(bare), bare) ??
    // Where the document leaves the type open none is refused.
    media.find(({ open }) => open)
  )
}

const CHARSET = /;\s*charset\s*=\s*(?:"[^"]*"|[^\s;,]*)/gi

/** A media range with its weight alone. */
function withoutParameters(range: string): string {
  const [name = '', ...parameters] = range.split(';')
  const weight = parameters.find((each) => /^\s*q\s*=/i.test(each))
  return weight === undefined ? name.trim() : `${name.trim()};${weight.trim()}`
}

function best(
  media: readonly MediaType[],
  accept: string,
  nameOf: (media: MediaType) => string,
): MediaType | undefined {
  const names = media.map(nameOf)
  const [name] = new Negotiator({ headers: { accept } }).mediaTypes(names)
  return name === undefined ? undefined : media[names.indexOf(name)]
}

/** `application/problem+json` without its beginning. */
const bare = (type: string) => type.replace(/^([^/]+\/)[^;]*\+/, '$1')

/** The status that a preference means. @throws Problem where the contract has no such answer */
export function preferredStatus(
  operation: Operation,
  { code, example }: Pick<Preference, 'code' | 'example'>,
): number {
  if (code !== undefined) {
    if (!responseFor(operation, code)) throw lacking(operation, String(code), statuses(operation))
    if (example !== undefined) checkExample(operation, code, example)
    return code
  }
  if (example === undefined) return successStatus(operation)
  for (const spec of operation.responses.values()) {
    if (spec.key.startsWith('1')) continue
    if (exampleNames(spec).has(example)) return spec.key === 'default' ? 500 : firstOf(spec.key)
  }
  const known = [...operation.responses.values()].flatMap((spec) => [...exampleNames(spec)])
  throw lacking(operation, `example "${example}"`, nearest(example, known))
}

function checkExample(operation: Operation, code: number, example: string): void {
  const known = exampleNames(responseFor(operation, code))
  if (!known.has(example)) {
    const near = nearest(example, known)
    const all = [...known].slice(0, 10)
    throw lacking(operation, `example "${example}" for ${code}`, near.length > 0 ? near : all)
  }
}

/** Of all its media types. */
const exampleNames = (spec: ResponseSpec | undefined) =>
  new Set((spec?.contents ?? []).flatMap(({ examples }) => [...examples.keys()]))

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
  // What comes before an answer is none: a client would wait for the rest.
  const keys = statuses(operation).filter((key) => key !== 'default' && !key.startsWith('1'))
  // A status by its own name goes before a range.
  const sorted = keys.sort(
    (a, b) => Number(isRange(a)) - Number(isRange(b)) || firstOf(a) - firstOf(b),
  )
  const success = sorted.find((key) => key.startsWith('2'))
  if (success !== undefined) return firstOf(success)
  // An operation that documents errors and a default answer succeeds by that one.
  const other =
    sorted.find((key) => key.startsWith('3')) ?? (hasDefault(operation) ? '200' : sorted[0])
  return other === undefined ? 200 : firstOf(other)
}

/**
 * The status with which an operation documents a refusal: the first by its own name, else the
 * first by its range or by `default`; undefined where there is none.
 */
export function refusalStatus(operation: Operation, wanted: readonly number[]): number | undefined {
  const { responses } = operation
  const own = wanted.find((status) => responses.has(String(status)))
  if (own !== undefined) return own
  const [first] = wanted
  const spec = first === undefined ? undefined : responseFor(operation, first)
  // A default answer that is the only one is what a success looks like.
  const succeeds = statuses(operation).some((key) => /^[123]/.test(key))
  return spec && (spec.key !== 'default' || succeeds) ? first : undefined
}

const isRange = (key: string) => key.endsWith('XX')

const hasDefault = ({ responses }: Operation) => responses.has('default')
