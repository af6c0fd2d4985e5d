/** Which of an answer's media types is sent. */
import Negotiator from 'negotiator'
import { essence } from '../contract/http-values.ts'
import type { MediaType, ResponseSpec } from '../contract/model.ts'

/** What a client takes, as its header says. */
export function acceptOf({ headers: { accept } }: Asking): string | undefined {
  return Array.isArray(accept) ? accept.join(', ') : accept
}

interface Asking {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The one that the client likes best; undefined where it takes none of them. */
export function negotiated(spec: ResponseSpec, accept: string | undefined): MediaType | undefined {
  const { content } = spec
  // An empty header says nothing of what is liked.
  if (!content || !accept?.trim() || accept === '*/*') return content
  // Nearly all clients ask for JSON by name: that need not be worked out.
  if (accept === content.type) return content
  const last = lasts.get(spec)
  if (last?.accept === accept) return last.media
  const media = liked(content, spec.contents, accept)
  lasts.set(spec, { accept, media })
  return media
}

interface Last {
  readonly accept: string
  readonly media: MediaType | undefined
}

/** A request asks twice, before it is answered and for its answer, and the next one asks the same. */
const lasts = new WeakMap<ResponseSpec, Last>()

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
