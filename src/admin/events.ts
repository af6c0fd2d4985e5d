import type { ServerResponse } from 'node:http'
import { Problem } from '../errors.ts'
import type { RawEntry } from '../journal/entry.ts'
import { toJournalEntry } from '../journal/entry.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { checkRecording, redaction } from './lookups.ts'
import { type Call, type Route, route } from './route.ts'

/** Limit of streams that are open at once. */
export const MOST_LISTENERS = 100

/** Real ms between heartbeats: shorter than the idle timeout of common proxies. */
const HEARTBEAT = 15_000

/** Limit of bytes that wait for a listener; beyond it the listener is dropped. */
export const MOST_UNSENT = 1_048_576

/** Real ms in which a dropped listener can still read what waits for it. */
const FAREWELL = 5_000

/** The streams of one sandbox: each entry is formatted once for all of them. */
class Hub {
  readonly sandbox: Sandbox
  /** Includes dropped streams as long as unread bytes of them take up memory. */
  readonly streams = new Set<Stream>()

  constructor(sandbox: Sandbox, stopping: AbortSignal) {
    this.sandbox = sandbox
    sandbox.journal.subscribe((entry) => {
      if (this.streams.size === 0) return
      const text = this.formatEvent(entry)
      for (const stream of this.streams) stream.send(entry, text)
    })
    stopping.addEventListener('abort', () => {
      for (const stream of this.streams) stream.finish()
    })
  }

  formatEvent(entry: RawEntry): string {
    const shown = toJournalEntry(entry, redaction(this.sandbox, entry.session))
    return `id: ${entry.id}\nevent: request\ndata: ${JSON.stringify(shown)}\n\n`
  }
}

const hubs = new WeakMap<Sandbox, Hub>()

function getHub({ sandbox, stopping }: Pick<Call, 'sandbox' | 'stopping'>): Hub {
  const hub = hubs.get(sandbox) ?? new Hub(sandbox, stopping)
  hubs.set(sandbox, hub)
  return hub
}

interface StreamFilter {
  /** Entries of this session only. */
  readonly session: string | undefined
  /** The id of the last entry that the listener has seen. */
  readonly after: number | undefined
}

/** Writes the journal to one listener as it happens. */
class Stream {
  readonly #hub: Hub
  readonly #response: ServerResponse
  readonly #filter: StreamFilter
  readonly #ended = new AbortController()

  constructor(hub: Hub, response: ServerResponse, filter: StreamFilter) {
    this.#hub = hub
    this.#response = response
    this.#filter = filter
  }

  /** Runs until the listener disconnects or is dropped, or the sandbox stops. */
  run(): void {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    this.#hub.streams.add(this)
    this.#response.once('close', () => {
      this.#ended.abort()
      this.#hub.streams.delete(this)
    })
    this.#response.write('retry: 1000\n\n')
    const { after } = this.#filter
    const missed = after === undefined ? [] : this.#hub.sandbox.journal.after(after)
    for (const entry of missed.filter((each) => this.#wants(each))) {
      if (this.#ended.signal.aborted) return
      this.send(entry, this.#hub.formatEvent(entry))
    }
    void this.#beat()
  }

  send(entry: RawEntry, text: string): void {
    if (this.#ended.signal.aborted || !this.#wants(entry)) return
    this.#response.write(text)
    if (this.#response.writableLength > MOST_UNSENT) this.#drop(entry.id)
  }

  finish(): void {
    this.#ended.abort()
    this.#response.end()
  }

  #wants({ session }: RawEntry): boolean {
    return this.#filter.session === undefined || this.#filter.session === session
  }

  /** Drops a listener that does not read, so that its backlog does not fill the memory. */
  #drop(last: number): void {
    const reason = `more than ${MOST_UNSENT} bytes waited to be read; reconnect to continue`
    const data = JSON.stringify({ reason, lastEventId: last })
    this.#response.write(`event: dropped\ndata: ${data}\n\n`)
    this.finish()
    const gone = new AbortController()
    this.#response.once('close', () => gone.abort())
    void this.#hub.sandbox.clock.sleep(FAREWELL, gone.signal).then(() => this.#response.destroy())
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      await this.#hub.sandbox.clock.sleep(HEARTBEAT, signal)
      if (!signal.aborted) this.#response.write(': alive\n\n')
    }
  }
}

/** Returns the last entry that was seen, from the header of browsers or from the query. */
function parseLastEventId(header: string | string[] | undefined, query: number | undefined) {
  if (header === undefined || header === '') return query
  const text = String(header)
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const detail = `Last-Event-ID: "${text}" is not the id of an entry; ids are numbers`
  throw new Problem('bad-admin-request', detail)
}

/** A stream would never close if its client is gone or an earlier response still uses the connection. */
function checkConnection({ socket }: ServerResponse): void {
  if (socket?.writable) return
  const remedy = 'open one, and send no other request before it'
  throw new Problem('bad-admin-request', `events need a connection of their own; ${remedy}`)
}

export const eventRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/events',
    operationId: 'streamEvents',
    tag: 'Journal',
    summary: 'Stream the journal as it happens: server-sent events, resumed with Last-Event-ID',
    input: {
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: {
          session: { type: 'string', description: 'Only this session.' },
          after: {
            type: 'integer',
            minimum: 0,
            description: 'Begin after this entry, as Last-Event-ID does; 0 begins with the oldest.',
          },
        },
      },
    },
    responses: {
      200: {
        description:
          '`request` events, whose data are journal entries; `dropped` before a slow listener is disconnected.',
        type: 'text/event-stream',
        schema: { type: 'string' },
      },
    },
    problems: ['too-many-listeners', 'journal-off'],
    handler: ({ sandbox, query, headers, reply, stopping }) => {
      checkRecording(sandbox)
      checkConnection(reply.raw)
      const filter = {
        session: query.session,
        after: parseLastEventId(headers['last-event-id'], query.after),
      }
      const hub = getHub({ sandbox, stopping })
      if (hub.streams.size >= MOST_LISTENERS) {
        const detail = `${MOST_LISTENERS} event streams are already open; close some of them`
        throw new Problem('too-many-listeners', detail)
      }
      reply.hijack()
      new Stream(hub, reply.raw, filter).run()
    },
  }),
]
