import { BodyError } from '../contract/body.ts'
import { findDeclared } from '../contract/http-values.ts'
import type { BodyMedia, Json } from '../contract/model.ts'
import { type Matched, Refusal, type Valid } from '../exchange/exchange.ts'
import { RequestView, toReadable } from '../scenario/scope.ts'

/**
 * Reads the body and checks all of the request against the contract. Most bodies are read at once:
 * a promise would cost a turn of the event loop.
 *
 * @throws Refusal 400, 413 or 415, or what the API's file makes of them
 */
export function validate(matched: Matched): Valid | Promise<Valid> {
  const { api, operation, incoming } = matched
  const { bodyError } = incoming
  // The media type does not matter where no body is read.
  const ignored = bodyError?.kind === 'unsupportedMediaType' && !operation.body
  if (bodyError && !ignored) throw new Refusal(bodyError.kind, api, bodyError.reason)
  const media = findMedia(matched)
  if (!media) return checkRequest(matched, undefined, undefined)
  const refuseBody = (error: unknown): never => {
    if (!(error instanceof BodyError)) throw error
    const kind = error.unsupported ? 'unsupportedMediaType' : 'malformed'
    throw new Refusal(kind, api, error.message)
  }
  try {
    const { body = '', headers } = incoming
    const read = api.contract.readBody(media, body, String(headers['content-type'] ?? ''))
    if (!(read instanceof Promise)) return checkRequest(matched, media, read)
    return read.then((body) => checkRequest(matched, media, body), refuseBody)
  } catch (error) {
    return refuseBody(error)
  }
}

/** The media type that the contract declares for what was sent; undefined where there is no body. */
function findMedia({ incoming, operation, api }: Matched): BodyMedia | undefined {
  const { body, headers } = incoming
  if (!operation.body || body === undefined || body.length === 0) return undefined
  const { media } = operation.body
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    const reason = `Content-Encoding ${encoding} is not supported; send the body uncompressed`
    throw new Refusal('unsupportedMediaType', api, reason)
  }
  const type = headers['content-type']
  // A body without a Content-Type is bytes (RFC 9110, 8.3).
  const known = findDeclared(media, typeof type === 'string' ? type : 'application/octet-stream')
  if (known) return known
  const sent = type === undefined ? 'the body has no Content-Type' : `the body is ${type}`
  const types = media.map(({ type }) => type)
  const reason = `${sent}; the contract takes ${types.join(', ')}`
  throw new Refusal('unsupportedMediaType', api, reason)
}

function checkRequest(
  matched: Matched,
  media: BodyMedia | undefined,
  body: Json | undefined,
): Valid {
  const { api, operation, incoming, query, request, rawPath } = matched
  const { headers, rawQuery } = incoming
  const parts = { path: request.path, query, headers, body, media, rawQuery, rawPath }
  const violations = api.contract.checkRequest(operation, parts)
  if (violations.length > 0) {
    const reasons = violations.map(({ place, field, message }) => {
      return `${place}${field && ` ${field}`}: ${message}`
    })
    throw new Refusal('invalid', api, reasons.join('; '), { violations })
  }
  return {
    incoming,
    session: matched.session,
    path: matched.path,
    query,
    token: matched.token,
    preference: matched.preference,
    ignored: matched.ignored,
    route: matched.route,
    requested: matched.requested,
    scenario: matched.scenario,
    now: matched.now,
    api,
    operation,
    rawPath,
    apiKey: matched.apiKey,
    missing: undefined,
    request: body === undefined ? request : viewBody(matched, body),
    media,
  }
}

function viewBody({ incoming, request }: Matched, body: Json): RequestView {
  // Few bodies have a field that expressions cannot read; the text tells at once.
  const odd = typeof incoming.body !== 'string' || /constructor|\\u/.test(incoming.body)
  return new RequestView(request, odd ? (toReadable(body) as Json) : body)
}
