/** May a request come in? It must name an operation, show who asks, and keep to the contract. */

import { BodyError } from '../contract/body.ts'
import { findDeclared } from '../contract/http-values.ts'
import type { BodyMedia, Json, RequestParts } from '../contract/model.ts'
import { type Authenticated, Refusal, type Valid } from '../exchange/exchange.ts'
import { RequestView, readable } from '../scenario/scope.ts'

/** Does the request keep to the contract? Most bodies are read at once. */
export function validate(authenticated: Authenticated): Valid | Promise<Valid> {
  const { api, operation, incoming } = authenticated
  const { refused } = incoming
  // What media type it is does not matter where no body is read.
  const unread = refused?.answer === 'unsupportedMediaType' && !operation.body
  if (refused && !unread) throw new Refusal(refused.answer, api, refused.reason)
  const media = mediaOf(authenticated)
  if (!media) return checked(authenticated, NO_BODY)
  const refuse = (error: unknown): never => {
    if (!(error instanceof BodyError)) throw error
    const answer = error.unsupported ? 'unsupportedMediaType' : 'malformed'
    throw new Refusal(answer, api, error.message)
  }
  try {
    const { body = '', headers } = incoming
    const read = api.contract.readBody(media, body, String(headers['content-type'] ?? ''))
    if (!(read instanceof Promise)) return checked(authenticated, { media, body: read })
    return read.then((body) => checked(authenticated, { media, body }), refuse)
  } catch (error) {
    return refuse(error)
  }
}

type Body = Pick<RequestParts, 'media' | 'body'>

const NO_BODY: Body = { body: undefined }

/** The media type that the contract declares for what was sent; undefined where there is no body. */
function mediaOf({ incoming, operation, api }: Authenticated): BodyMedia | undefined {
  const { body, headers } = incoming
  if (!operation.body || body === undefined || body.length === 0) return undefined
  const { media } = operation.body
  const packing = headers['content-encoding']
  if (packing !== undefined && packing !== 'identity') {
    const reason = `the body is packed (Content-Encoding: ${packing}); send it as it is`
    throw new Refusal('unsupportedMediaType', api, reason)
  }
  const type = headers['content-type']
  // What says nothing of itself is bytes (RFC 9110, 8.3).
  const known = findDeclared(media, typeof type === 'string' ? type : 'application/octet-stream')
  if (known) return known
  const sent = type === undefined ? 'the body has no Content-Type' : `the body is ${type}`
  const types = media.map(({ type }) => type)
  const reason = `${sent}; the contract takes ${types.join(', ')}`
  throw new Refusal('unsupportedMediaType', api, reason)
}

function checked(authenticated: Authenticated, { media, body }: Body): Valid {
  const { api, operation, incoming, query, request, rawPath } = authenticated
  const { headers, url } = incoming
  const mark = url.indexOf('?')
  const rawQuery = mark < 0 ? undefined : url.slice(mark + 1)
  const parts = { path: request.path, query, headers, body, media, rawQuery, rawPath }
  const violations = api.contract.checkRequest(operation, parts)
  if (violations.length > 0) {
    const reason = violations.map(({ place, field, message }) => {
      return `${place}${field && ` ${field}`}: ${message}`
    })
    throw new Refusal('invalid', api, reason.join('; '), { violations })
  }
  // Few bodies have a field that expressions cannot read; the text tells at once.
  const odd = typeof incoming.body !== 'string' || /constructor|\\u/.test(incoming.body)
  const view = new RequestView(request, odd ? (readable(body) as Json) : body)
  return { ...authenticated, step: 'valid', request: view }
}
