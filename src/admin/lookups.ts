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

export type StoredSession = SessionSnapshot<SubjectRecord, Outcome>

/** @throws Problem that lists the nearest ids, if no request or test has used the session yet */
export async function requireSession({ store }: Sandbox, id: string): Promise<StoredSession> {
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
export async function requireJournal(sandbox: Sandbox, id: string): Promise<readonly RawEntry[]> {
  checkRecording(sandbox)
  const entries = sandbox.journal.recorded(id)
  // A request that was refused early is recorded, though it made no session.
  if (entries.length === 0) await requireSession(sandbox, id)
  return entries
}

/** @throws Problem if the sandbox was started without a journal */
export function checkRecording({ recording }: Sandbox): void {
  if (recording) return
  throw new Problem('journal-off', 'the sandbox was started with --no-journal: start it without')
}

export const describeClock = ({ clock }: SessionRecord, realNow: number) => ({
  now: new Date(sessionTime(clock, realNow)).toISOString(),
  frozen: clock.frozenAt !== null,
})

/** How the entries of a session are shown. */
export function redaction({ apis, journal }: Sandbox, session: string): Redaction {
  const { names, served } = redactionOfApis(apis)
  return { secrets: { names, codes: journal.codes(session) }, served }
}

interface ApisRedaction extends Pick<Secrets, 'names'> {
  readonly served: readonly Served[]
}

const redactions = new WeakMap<Apis, ApisRedaction>()

function redactionOfApis(apis: Apis): ApisRedaction {
  const before = redactions.get(apis)
  if (before) return before
  const mocked = [...apis.byName.values()]
  const made = {
    names: new Set([...CREDENTIAL_HEADERS, ...mocked.flatMap(apiKeyNames)]),
    served: mocked.flatMap(servedPaths),
  }
  redactions.set(apis, made)
  return made
}

const apiKeyNames = ({ contract }: Api): string[] =>
  [...contract.operations.values()].flatMap(({ apiKeys }) =>
    apiKeys.flatMap((scheme) =>
      scheme.kind === 'apiKey' ? [scheme.name, scheme.name.toLowerCase()] : [],
    ),
  )

const servedPaths = ({ contract }: Api): Served[] =>
  [...contract.operations.values()].flatMap((operation) =>
    contract.basePaths.map((base) => ({ operation, path: base + operation.path })),
  )
