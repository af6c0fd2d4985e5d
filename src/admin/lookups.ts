/** What several resources look up: a session that must be there, and how its journal is shown. */

import { sessionTime } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Api, Outcome } from '../exchange/exchange.ts'
import type { RawEntry, Redaction } from '../journal/entry.ts'
import { CREDENTIAL_HEADERS, type Secrets } from '../journal/mask.ts'
import type { Served } from '../journal/near-misses.ts'
import type { Apis, Sandbox } from '../sandbox/sandbox.ts'
import type { SubjectRecord } from '../scenario/model.ts'
import type { SessionRecord, SessionSnapshot } from '../store/store.ts'
import { nearest } from '../suggest.ts'

export type SessionWorld = SessionSnapshot<SubjectRecord, Outcome>

/** @throws Problem that lists the nearest ids, if no request or test has used the session yet */
export async function sessionOf({ store }: Sandbox, id: string): Promise<SessionWorld> {
  const snapshot = await store.read(id)
  if (snapshot) return snapshot
  const near = nearest(
    id,
    (await store.sessions()).map((known) => known.id),
  )
  const hint = near.length > 0 ? `; nearest: ${near.join(', ')}` : '; none is like it'
  const how = 'a session is there once a request, or a test, has used it'
  throw new Problem('unknown-session', `there is no session "${id}"${hint}; ${how}`, {
    nearest: near,
  })
}

/** The journal of a session that is there. @throws Problem if nothing is recorded at all */
export async function journalOf(sandbox: Sandbox, id: string): Promise<readonly RawEntry[]> {
  checkRecording(sandbox)
  const entries = sandbox.journal.recorded(id)
  // A request that was refused early is recorded, though it made no session.
  if (entries.length === 0) await sessionOf(sandbox, id)
  return entries
}

/** @throws Problem if the sandbox was started without a journal */
export function checkRecording({ recording }: Sandbox): void {
  if (recording) return
  throw new Problem('journal-off', 'the sandbox was started with --no-journal: start it without')
}

export const shownClock = ({ clock }: SessionRecord, realNow: number) => ({
  now: new Date(sessionTime(clock, realNow)).toISOString(),
  frozen: clock.frozenAt !== null,
})

/** How the entries of a session are shown. */
export function showing({ apis, journal }: Sandbox, session: string): Redaction {
  const { names, served } = knownOf(apis)
  return { secrets: { names, codes: journal.codes(session) }, served }
}

/** For a test in the same process: its own credentials and codes are no secrets to it. */
export const unredacted = ({ apis }: Sandbox): Redaction => ({
  secrets: { names: new Set(), codes: new Set() },
  served: knownOf(apis).served,
})

interface Known extends Pick<Secrets, 'names'> {
  readonly served: readonly Served[]
}

const known = new WeakMap<Apis, Known>()

function knownOf(apis: Apis): Known {
  const before = known.get(apis)
  if (before) return before
  const mocked = [...apis.byName.values()]
  const made = {
    names: new Set([...CREDENTIAL_HEADERS, ...mocked.flatMap(keyNames)]),
    served: mocked.flatMap(servedBy),
  }
  known.set(apis, made)
  return made
}

const keyNames = ({ contract }: Api): string[] =>
  [...contract.operations.values()].flatMap(({ apiKeys }) =>
    apiKeys.flatMap((scheme) =>
      scheme.kind === 'apiKey' ? [scheme.name, scheme.name.toLowerCase()] : [],
    ),
  )

const servedBy = ({ contract }: Api): Served[] =>
  [...contract.operations.values()].flatMap((operation) =>
    contract.basePaths.map((base) => ({ operation, path: base + operation.path })),
  )
