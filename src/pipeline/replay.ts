/** The same idempotency reference gets the first response again, byte for byte. */
import { type Outcome, Refusal, type StoredOutcome, type Valid } from '../exchange/exchange.ts'
import type { Idempotency, IdempotencyRefusal } from '../scenario/model.ts'
import type { Store } from '../store/store.ts'
import { hashJson } from './fingerprint.ts'

/**
 * Plays the request, unless it has a reference whose response is stored: that one is sent again, and
 * nothing else happens. Only successes are stored: a refused operation has not happened, so its retry
 * runs.
 *
 * @throws Refusal where the reference is too long, or was used with another body
 */
export function replayOr<R>(
  valid: Valid,
  subject: string,
  store: Store<R, StoredOutcome>,
  play: () => Promise<Outcome>,
): Promise<Outcome> {
  const { idempotency } = valid.api.scenarioSet
  const reference = idempotency && findReference(valid, idempotency)
  if (!idempotency || reference === undefined) return play()
  return replayOrStore(valid, idempotency, { reference, subject }, store, play)
}

/** The reference, where the operation's contract has the header for it. */
function findReference({ operation, incoming }: Valid, { header }: Idempotency) {
  const value = incoming.headers[header]
  if (typeof value !== 'string' || value === '') return undefined
  const known = operation.parameters.some(
    ({ name, in: place }) => place === 'header' && name.toLowerCase() === header,
  )
  return known ? value : undefined
}

async function replayOrStore<R>(
  valid: Valid,
  idempotency: Idempotency,
  { reference, subject }: { reference: string; subject: string },
  store: Store<R, StoredOutcome>,
  play: () => Promise<Outcome>,
): Promise<Outcome> {
  const { session, now, operation, request } = valid
  const { keep, mismatch, tooLong } = idempotency
  if (tooLong && reference.length > tooLong.longest) {
    throw refusal(valid, tooLong, `the reference has more than ${tooLong.longest} characters`)
  }
  const { path, query, body } = request
  const payload = body === null ? '' : hashJson(body)
  const call = [operation.api, operation.id, subject, reference, path, { ...query }]
  const key = hashJson(mismatch ? call : [...call, payload])
  const time = now.getTime()
  const { value, replayed } = await store.once(session, key, time, async () => {
    const outcome = await play()
    const success = outcome.status >= 200 && outcome.status < 300
    return { value: { ...outcome, payload }, until: success ? time + keep : undefined }
  })
  if (!replayed) return value
  if (mismatch && value.payload !== undefined && value.payload !== payload) {
    throw refusal(valid, mismatch, 'the reference was used with another body')
  }
  // A success whose connection was broken did happen: its retry gets it, over a sound connection.
  return {
    ...value,
    rule: 'replay',
    delay: 0,
    fault: undefined,
    trace: [],
    messages: [],
    notices: [],
  }
}

const refusal = ({ api }: Valid, { at, respond }: IdempotencyRefusal, reason: string) =>
  new Refusal('invalid', api, reason, {
    scripted: { at, respond, evaluation: { at, when: null, value: true } },
  })
