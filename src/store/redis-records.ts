/** What is kept, as the texts that Redis keeps. */
import {
  NEW_SESSION,
  type SessionRecord,
  type SessionSnapshot,
  type StoredResponse,
} from './store.ts'

/** How records and answers become JSON and are read back: the store does not know what they are. */
export interface Codec<R, A> {
  readonly record: Coding<R>
  readonly answer: Coding<A>
}

export interface Coding<T> {
  /** As something that JSON can tell. */
  encode(value: T): unknown
  decode(json: unknown): T
}

/** Where something lies in a session. As JSON no name runs into the next, and any text comes back. */
export const placed = (api: string, key: string) => JSON.stringify([api, key])

const taken = (place: string) => JSON.parse(place) as [api: string, key: string]

/** What a script tells of a whole session; lists hold places and values by turns. */
export type Found = readonly [
  usedAt: string,
  record: string | null,
  subjects: readonly string[],
  owners: readonly string[],
  kept: readonly string[],
]

const LEASED = 'lease '

export class Texts<R, A> {
  readonly #codec: Codec<R, A>

  constructor(codec: Codec<R, A>) {
    this.#codec = codec
  }

  session(text: string | null): SessionRecord {
    return text === null ? NEW_SESSION : (JSON.parse(text) as SessionRecord)
  }

  /** A subject's record, which follows its version. */
  subject(text: string | null): { version: string; record: R | undefined } {
    if (text === null) return { version: '', record: undefined }
    const space = text.indexOf(' ')
    const record = this.#codec.record.decode(JSON.parse(text.slice(space + 1)))
    return { version: text.slice(0, space), record }
  }

  record(record: R): string {
    return JSON.stringify(this.#codec.record.encode(record))
  }

  kept({ value, until }: StoredResponse<A>): string {
    return `kept ${until} ${JSON.stringify(this.#codec.answer.encode(value))}`
  }

  answer(text: string): StoredResponse<A> {
    const [, until = '', json = ''] = /^kept (\S+) (.*)$/s.exec(text) ?? []
    return { value: this.#codec.answer.decode(JSON.parse(json)), until: Number(until) }
  }

  /** A session as it was found, and the leases of answers that are still being made. */
  world(found: Found): { snapshot: SessionSnapshot<R, A>; leases: readonly string[] } {
    const [usedAt, record, subjects, owners, kept] = found
    const answers = [...pairs(kept)]
    const world = {
      record: this.session(record),
      usedAt: Number(usedAt),
      subjects: [...pairs(subjects)].map(([place, text]) => {
        const [api, subject] = taken(place)
        return { api, subject, record: this.subject(text).record as R }
      }),
      owners: [...pairs(owners)].map(([place, subject]) => {
        const [api, id] = taken(place)
        return { api, id, subject }
      }),
      kept: answers
        .filter(([, text]) => !text.startsWith(LEASED))
        .map(([reference, text]) => ({ reference, ...this.answer(text) })),
    }
    const leases = answers.map(([, text]) => text).filter((text) => text.startsWith(LEASED))
    return { snapshot: world, leases }
  }

  /** A session as the script that writes it wants it. */
  whole({ record, subjects, owners, kept }: Omit<SessionSnapshot<R, A>, 'usedAt'>): string[] {
    return [
      JSON.stringify(record),
      ...subjects.flatMap(({ api, subject, record }) => [
        's',
        placed(api, subject),
        this.record(record),
      ]),
      ...owners.flatMap(({ api, id, subject }) => ['o', placed(api, id), subject]),
      ...kept.flatMap(({ reference, value, until }) => [
        'k',
        reference,
        this.kept({ value, until }),
      ]),
    ]
  }
}

export function* pairs(list: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index + 1 < list.length; index += 2) {
    yield [list[index] as string, list[index + 1] as string]
  }
}
