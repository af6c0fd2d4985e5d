/** Which of an answer's media types is sent. */
import Negotiator from 'negotiator'
import type { MediaType, ResponseSpec } from '../api.ts'
import { essence } from '../media.ts'

/** The one that the client likes best; undefined where it takes none of them. */
export function negotiated(
  { content, contents }: ResponseSpec,
  accept: string | undefined,
): MediaType | undefined {
  if (!content || accept === undefined || accept === '*/*') return content
  // Nearly all clients ask for JSON by name: that need not be worked out.
  if (accept === content.type) return content
  // Among those it likes alike, what is sent without being asked goes first.
  const media = [content, ...contents.filter((each) => each !== content)]
  const exact = best(media, accept, ({ type }) => essence(type))
  // A client that takes JSON can read what is made of it: `application/problem+json`.
  return exact ?? best(media, accept, ({ type }) => bare(essence(type)))
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
const bare = (type: string) => type.replace(/^([^/]+\/).*\+/, '$1')
