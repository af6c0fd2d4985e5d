/** Chooses the status, the media type and the example of a response. */
import Negotiator from 'negotiator'
import { getEssence } from '../contract/http-values.ts'
import {
  type MediaType,
  type Operation,
  type RequestHeaders,
  type ResponseSpec,
  responseFor,
} from '../contract/model.ts'
import { Problem } from '../errors.ts'
import { nearest } from '../suggest.ts'
import type { Preference } from './prefer.ts'

/** Reads the Accept header of a request. */
export const readAccept = ({ accept }: RequestHeaders): string | undefined =>
  Array.isArray(accept) ? accept.join(', ') : accept

/** Returns the media type that the client prefers; undefined where it accepts none of them. */
export function chooseMedia(spec: ResponseSpec, accept: string | undefined): MediaType | undefined {
  const { content, contents } = spec
  // An empty header means the same as none.
  if (!content || !accept?.trim() || accept === '*/*') return content
  // Most clients ask for JSON by name, or for anything: where there is one type, skip negotiation.
  if (accept === content.type) return content
  if (contents.length === 1 && UNWEIGHTED.test(accept) && isAccepted(content.type, accept)) {
    return content
  }
  return findPreferred(content, contents, accept)
}

/** Media ranges without parameters, not even weights. */
const UNWEIGHTED = /^[\w.+*/-]+(?:, ?[\w.+*/-]+)*$/

const isAccepted = (type: string, accept: string): boolean =>
  accept.split(',').some((range) => range.trim() === type || range.trim() === '*/*')

function findPreferred(
  content: MediaType,
  contents: readonly MediaType[],
  accept: string,
): MediaType | undefined {
  // Of types with the same weight the default one goes first.
  const media = [content, ...contents.filter((each) => each !== content)]
  // Responses are UTF-8, whichever charset the client asks for.
  const header = accept.replace(CHARSET, '')
  const ranges = header.split(',').map(dropParameters)
  const find = (ranges: readonly string[], nameOf: (essence: string) => string) =>
    findBest(media, ranges.join(), ({ type }) => nameOf(getEssence(type)))
  return (
    findBest(media, header, ({ type }) => type) ??
    find(ranges, (essence) => essence) ??
    // A client that accepts JSON can read formats on top of it: `application/problem+json`.
    find(ranges, getBaseType) ??
    // Documents often lack a vendor's name for JSON: `application/vnd.github+json`.
    find(ranges.map(getBaseType), getBaseType) ??
    // A wildcard in the document means that any type will do.
    media.find(({ isWildcard }) => isWildcard)
  )
}

const CHARSET = /;\s*charset\s*=\s*(?:"[^"]*"|[^\s;,]*)/gi

/** Drops the parameters of a media range, but not its weight. */
function dropParameters(range: string): string {
  const [name = '', ...parameters] = range.split(';')
  const weight = parameters.find((each) => /^\s*q\s*=/i.test(each))
  return weight === undefined ? name.trim() : `${name.trim()};${weight.trim()}`
}

function findBest(
  media: readonly MediaType[],
  accept: string,
  nameOf: (media: MediaType) => string,
): MediaType | undefined {
  const names = media.map(nameOf)
  const [name] = new Negotiator({ headers: { accept } }).mediaTypes(names)
  return name === undefined ? undefined : media[names.indexOf(name)]
}

/** Returns the type that a structured suffix names: `application/problem+json` is JSON. */
const getBaseType = (type: string) => type.replace(/^([^/]+\/)[^;]*\+/, '$1')

/**
 * Returns the status that a preference asks for.
 *
 * @throws Problem where the contract has no such response
 */
export function preferredStatus(
  operation: Operation,
  { code, example }: Pick<Preference, 'code' | 'example'>,
): number {
  if (code !== undefined) {
    // `default` would cover a status that no response can have.
    if (code < 200 || code > 599 || !responseFor(operation, code)) {
      throw unknownPreference(operation, String(code), documentedStatuses(operation))
    }
    if (example !== undefined) requireExample(operation, code, example)
    return code
  }
  if (example === undefined) return successStatus(operation)
  for (const spec of operation.responses.values()) {
    if (spec.key.startsWith('1')) continue
    if (exampleNames(spec).has(example)) {
      return spec.key === 'default' ? 500 : lowestStatus(spec.key)
    }
  }
  const known = [...operation.responses.values()].flatMap((spec) => [...exampleNames(spec)])
  throw unknownPreference(operation, `example "${example}"`, nearest(example, known))
}

function requireExample(operation: Operation, code: number, example: string): void {
  const known = exampleNames(responseFor(operation, code))
  if (known.has(example)) return
  const near = nearest(example, known)
  const suggested = near.length > 0 ? near : [...known].slice(0, 10)
  throw unknownPreference(operation, `example "${example}" for ${code}`, suggested)
}

/** Collects the names of the examples of all media types. */
const exampleNames = (spec: ResponseSpec | undefined) =>
  new Set((spec?.contents ?? []).flatMap(({ examples }) => [...examples.keys()]))

const documentedStatuses = ({ responses }: Operation) => [...responses.keys()]

function unknownPreference({ id }: Operation, what: string, near: readonly string[]): Problem {
  const hint = near.length > 0 ? `; it has ${near.join(', ')}` : ''
  return new Problem('unknown-preference', `Prefer: the contract of ${id} has no ${what}${hint}`, {
    nearest: near,
  })
}

/** Returns the lowest status of a range: 400 of `4XX`. */
const lowestStatus = (key: string) => Number(key.replace(/XX$/, '00'))

/** Returns the lowest success that an operation documents, else its lowest status of any kind. */
export function successStatus(operation: Operation): number {
  // An informational response is not final: a client would wait for the rest.
  const keys = documentedStatuses(operation).filter(
    (key) => key !== 'default' && !key.startsWith('1'),
  )
  // Exact statuses go before ranges.
  const sorted = keys.sort(
    (a, b) => Number(isRange(a)) - Number(isRange(b)) || lowestStatus(a) - lowestStatus(b),
  )
  const success = sorted.find((key) => key.startsWith('2'))
  if (success !== undefined) return lowestStatus(success)
  // Where only errors and `default` are documented, `default` is the success.
  const other =
    sorted.find((key) => key.startsWith('3')) ?? (hasDefault(operation) ? '200' : sorted[0])
  return other === undefined ? 200 : lowestStatus(other)
}

/**
 * Returns the status by which an operation documents a refusal: the first that it lists, else the
 * first wanted one if a range or `default` covers it; undefined where it documents none.
 */
export function refusalStatus(operation: Operation, wanted: readonly number[]): number | undefined {
  const { responses } = operation
  const listed = wanted.find((status) => responses.has(String(status)))
  if (listed !== undefined) return listed
  const [first] = wanted
  const spec = first === undefined ? undefined : responseFor(operation, first)
  // Where `default` is the only response it describes the success.
  const hasSuccess = documentedStatuses(operation).some((key) => /^[123]/.test(key))
  return spec && (spec.key !== 'default' || hasSuccess) ? first : undefined
}

const isRange = (key: string) => key.endsWith('XX')

const hasDefault = ({ responses }: Operation) => responses.has('default')
