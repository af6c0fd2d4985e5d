/** What several resources look up: a session that must exist, its journal, and what to hide in it. */

import { sessionTime } from '../clock.ts'
import { Problem, type ProblemCode, problems } from '../errors.ts'
import type { Api, StoredOutcome } from '../exchange/exchange.ts'
import type { RawEntry, Redaction } from '../journal/entry.ts'
import { CREDENTIAL_HEADERS, type Secrets } from '../journal/mask.ts'
import { type Apis, listServed } from '../sandbox/apis.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SubjectRecord } from '../scenario/model.ts'
import type { SessionRecord, SessionSnapshot } from '../store/store.ts'
import { describeUnknown, nearest } from '../suggest.ts'

export type StoredSession = SessionSnapshot<SubjectRecord, StoredOutcome>

interface Lookup {
  readonly kind: string
  /** Says what lists all names that exist. */
  readonly list: string
  /** The status, if the code has two. */
  readonly status?: number
}

const LOOKUPS = {
  'unknown-session': {
    kind: 'session',
    list: 'GET /__admin/sessions lists all that a request or a test has used',
  },
  'unknown-binding': { kind: 'binding', list: 'GET /__admin/bindings lists all' },
  'unknown-action': { kind: 'action', list: 'GET /__admin/sessions/{id}/actions lists all' },
  'unknown-spec': { kind: 'document', list: 'GET /__admin/specs lists all' },
  'unknown-scenario': {
    kind: 'scenario',
    list: 'GET /__admin/scenarios lists all',
    status: problems['unknown-scenario'].resourceStatus,
  },
  'unknown-resource': { kind: 'admin resource', list: 'GET /__admin/docs shows all' },
  // The value of a filter, not a resource.
  'bad-admin-request': { kind: 'operation', list: 'GET /__admin/specs lists all' },
} satisfies Readonly<Partial<Record<ProblemCode, Lookup>>>

/** Makes the problem of a name that does not exist, with the nearest names that do. */
export function notFound(
  code: keyof typeof LOOKUPS,
  name: string,
  candidates: Iterable<string>,
): Problem {
  const { kind, list, status }: Lookup = LOOKUPS[code]
  const near = nearest(name, candidates)
  return new Problem(code, describeUnknown(kind, name, near, list), { nearest: near }, status)
}

/** @throws Problem that lists the nearest ids, if no request or test has used the session yet */
export async function requireSession({ store }: Sandbox, id: string): Promise<StoredSession> {
  const snapshot = await store.read(id)
  if (snapshot) return snapshot
  const sessions = await store.sessions()
  throw notFound(
    'unknown-session',
    id,
    sessions.map((known) => known.id),
  )
}

/** Returns the journal of a session. @throws Problem if it does not exist or the journal is off */
export async function requireJournal(sandbox: Sandbox, id: string): Promise<readonly RawEntry[]> {
  checkRecording(sandbox)
  const entries = sandbox.journal.recorded(id)
  // A request that was refused early is recorded, although it created no session.
  if (entries.length === 0) await requireSession(sandbox, id)
  return entries
}

/** @throws Problem if the sandbox was started without a journal */
export function checkRecording({ recording }: Sandbox): void {
  if (recording) return
  throw new Problem('journal-off', 'the sandbox was started with --no-journal; start it without')
}

export const describeClock = ({ clock }: SessionRecord, realNow: number) => ({
  now: new Date(sessionTime(clock, realNow)).toISOString(),
  frozen: clock.frozenAt !== null,
})

/** Returns what to hide in the entries of a session, and the paths that near misses compare. */
export function redaction({ apis, journal }: Sandbox, session: string): Redaction {
  const secrets = { names: secretNames(apis), codes: journal.codes(session) }
  return { secrets, served: listServed(apis) }
}

/** For a test in the same process: its own credentials and codes are no secrets to it. */
export const unredacted = ({ apis }: Sandbox): Redaction => ({
  secrets: { names: new Set(), codes: new Set() },
  served: listServed(apis),
})

const namesOfApis = new WeakMap<Apis, Secrets['names']>()

/** The names of headers and query parameters that carry credentials. */
function secretNames(apis: Apis): Secrets['names'] {
  let names = namesOfApis.get(apis)
  if (!names) {
    names = new Set([...CREDENTIAL_HEADERS, ...[...apis.byName.values()].flatMap(apiKeyNames)])
    namesOfApis.set(apis, names)
  }
  return names
}

const apiKeyNames = ({ contract }: Api): string[] =>
  [...contract.operations.values()].flatMap(({ apiKeys }) =>
    apiKeys.flatMap((scheme) =>
      scheme.kind === 'apiKey' ? [scheme.name, scheme.name.toLowerCase()] : [],
    ),
  )
