/** What a Redis stores of sessions, as strings. */
import {
  type Codec,
  type DueSubject,
  NEW_SESSION,
  type NewSnapshot,
  type OpenSession,
  type SessionRecord,
  type SessionSnapshot,
  type StoredResponse,
  type StoreOptions,
} from './store.ts'

/** As JSON, no name can run into the next, and any string can be read back. */
export const joinKey = (api: string, key: string) => JSON.stringify([api, key])

/** The reverse of `joinKey`. */
const splitKey = (joined: string) => JSON.parse(joined) as [api: string, key: string]

/** What a script returns of a whole session; in the lists a key is followed by its value. */
export type FoundSession = readonly [
  usedAt: string,
  record: string | null,
  subjects: readonly string[],
  owners: readonly string[],
  kept: readonly string[],
]

/** What a script returns of a session that is in use: its record, and when a timer is due first. */
export type FoundOpen = readonly [record: string | null, due?: string | null]

const LEASE = 'lease '

export class RedisRecords<R, A> {
  readonly #codec: Codec<R, A>
  readonly #dueOf: NonNullable<StoreOptions<R, A>['dueOf']>

  constructor(codec: Codec<R, A>, dueOf: StoreOptions<R, A>['dueOf'] = () => undefined) {
    this.#codec = codec
    this.#dueOf = dueOf
  }

  /** Leaves out when a timer is due: the scripts look that up at each use. */
  formatSession({ due: _, ...stored }: OpenSession): string {
    return JSON.stringify(stored)
  }

  parseOpenSession([record, due = null]: FoundOpen): OpenSession {
    const session = this.parseSession(record)
    return due === null ? session : { ...session, due: Number(due) }
  }

  parseDue([key, due]: readonly [key: string, due: string]): DueSubject {
    const [api, subject] = splitKey(key)
    return { api, subject, due: Number(due) }
  }

  /** Empty if the record has no timer. */
  formatDue(record: R): string {
    return String(this.#dueOf(record) ?? '')
  }

  parseSession(text: string | null): SessionRecord {
    return text === null ? NEW_SESSION : (JSON.parse(text) as SessionRecord)
  }

  /** A subject's version and, after a space, its record. */
  parseSubject(text: string | null): { version: string; record: R | undefined } {
    if (text === null) return { version: '', record: undefined }
    const space = text.indexOf(' ')
    const record = this.#codec.record.decode(JSON.parse(text.slice(space + 1)))
    return { version: text.slice(0, space), record }
  }

  formatRecord(record: R): string {
    return JSON.stringify(this.#codec.record.encode(record))
  }

  formatResponse({ value, until }: StoredResponse<A>): string {
    return `kept ${until} ${JSON.stringify(this.#codec.answer.encode(value))}`
  }

  parseResponse(text: string): StoredResponse<A> {
    const [, until = '', json = ''] = /^kept (\S+) (.*)$/s.exec(text) ?? []
    return { value: this.#codec.answer.decode(JSON.parse(json)), until: Number(until) }
  }

  /** A session as it was found, and the leases of responses that are still being made. */
  parseSnapshot(found: FoundSession): {
    snapshot: SessionSnapshot<R, A>
    leases: readonly string[]
  } {
    const [usedAt, record, subjects, owners, kept] = found
    const responses = [...pairs(kept)]
    const snapshot = {
      record: this.parseSession(record),
      usedAt: Number(usedAt),
      subjects: [...pairs(subjects)].map(([key, text]) => {
        const [api, subject] = splitKey(key)
        return { api, subject, record: this.parseSubject(text).record as R }
      }),
      owners: [...pairs(owners)].map(([key, subject]) => {
        const [api, id] = splitKey(key)
        return { api, id, subject }
      }),
      kept: responses
        .filter(([, text]) => !text.startsWith(LEASE))
        .map(([reference, text]) => ({ reference, ...this.parseResponse(text) })),
    }
    const leases = responses.map(([, text]) => text).filter((text) => text.startsWith(LEASE))
    return { snapshot, leases }
  }

  /** A session in the form that the script WRITE reads. */
  formatSnapshot({ record, subjects, owners, kept }: NewSnapshot<R, A>): string[] {
    return [
      JSON.stringify(record),
      ...subjects.flatMap(({ api, subject, record }) => [
        's',
        joinKey(api, subject),
        this.formatRecord(record),
        'd',
        joinKey(api, subject),
        this.formatDue(record),
      ]),
      ...owners.flatMap(({ api, id, subject }) => ['o', joinKey(api, id), subject]),
      ...kept.flatMap(({ reference, ...response }) => [
        'k',
        reference,
        this.formatResponse(response),
      ]),
    ]
  }
}

export function* pairs(list: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index + 1 < list.length; index += 2) {
    yield [list[index] as string, list[index + 1] as string]
  }
}
