import { createHash } from 'node:crypto'
import type { Answered, Valid } from './exchange/exchange.ts'
import type { Store } from './store/store.ts'

/**
 * The same reference on the same request: the first answer again, byte for byte, and nothing else
 * happens. Only successes are kept: a refused operation has not happened, and its retry runs anew.
 */
export function idempotent<R>(
  exchange: Valid,
  subject: string,
  store: Store<R, Answered>,
  play: () => Promise<Answered>,
): Promise<Answered> {
  const given = reference(exchange)
  return given === undefined
    ? play()
    : once(exchange, fingerprint(exchange, subject, given), store, play)
}

async function once<R>(
  { mocked, session, now }: Valid,
  reference: string,
  store: Store<R, Answered>,
  play: () => Promise<Answered>,
): Promise<Answered> {
  const time = now.getTime()
  const keep = mocked.playbook.idempotency?.keep ?? 0
  const { value, replayed } = await store.once(session, reference, time, async () => {
    const value = await play()
    const success = value.status >= 200 && value.status < 300
    return { value, until: success ? time + keep : undefined }
  })
  // A success whose connection was broken did happen: its retry gets it, over a sound connection.
  return replayed
    ? { ...value, rule: 'replay', delay: 0, fault: undefined, tried: [], messages: [] }
    : value
}

/** The reference, where the operation's contract has the header for it. */
function reference({ mocked, operation, incoming }: Valid): string | undefined {
  const header = mocked.playbook.idempotency?.header
  if (header === undefined) return undefined
  const value = incoming.headers[header]
  if (typeof value !== 'string' || value === '') return undefined
  const known = operation.parameters.some(
    ({ name, in: place }) => place === 'header' && name.toLowerCase() === header,
  )
  return known ? value : undefined
}

function fingerprint({ operation, request }: Valid, subject: string, given: string): string {
  const { path, query, body } = request
  const parts = [operation.api, operation.id, subject, given, path, query, body]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}
