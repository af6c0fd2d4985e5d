import { LATEST, sessionTime } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { StoredOutcome } from '../exchange/exchange.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { checkScenario, checkSessionId } from '../sandbox/sandbox.ts'
import type { SubjectRecord } from '../scenario/model.ts'
import { CodecError, decodeRecord, encodeRecord } from '../scenario/state.ts'
import { BOUNDS } from '../store/store.ts'
import { requireSession, type StoredSession } from './lookups.ts'
import { EMPTY, sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'
import { ref } from './schemas.ts'

interface SnapshotBody {
  readonly format: 1
  /** The version of each contract when the snapshot was taken. */
  readonly apis: Readonly<Record<string, string>>
  readonly session: {
    readonly now: string
    readonly frozen: boolean
    readonly scenario: string | null
  }
  readonly subjects: readonly { api: string; subject: string; record: unknown }[]
  readonly owners: readonly { api: string; id: string; subject: string }[]
  readonly kept: readonly { reference: string; until: number; value: SnapshotResponse }[]
}

type SnapshotResponse = Pick<
  StoredOutcome,
  'status' | 'headers' | 'rule' | 'scenario' | 'payload'
> & {
  body?: string
}

const contractVersions = ({ apis }: Sandbox) =>
  Object.fromEntries([...apis.byName].map(([name, { contract }]) => [name, contract.version]))

function takeSnapshot(sandbox: Sandbox, session: StoredSession): SnapshotBody {
  const { record, subjects, owners, kept } = session
  return {
    format: 1,
    apis: contractVersions(sandbox),
    session: {
      now: new Date(sessionTime(record.clock, sandbox.clock.now())).toISOString(),
      frozen: record.clock.frozenAt !== null,
      scenario: record.scenario,
    },
    subjects: subjects.map((each) => ({ ...each, record: encodeRecord(each.record) })),
    owners,
    kept: kept.map(({ reference, until, value }) => {
      const { status, headers, body, rule, scenario, payload } = value
      const answer = {
        status,
        headers,
        rule,
        scenario,
        ...(body !== undefined && { body }),
        ...(payload !== undefined && { payload }),
      }
      return { reference, until, value: answer }
    }),
  }
}

/** Parses a snapshot completely before anything is changed. @throws Problem if it cannot be used */
function parseSnapshot(sandbox: Sandbox, snapshot: SnapshotBody): Omit<StoredSession, 'usedAt'> {
  checkVersions(sandbox, snapshot)
  checkBounds(snapshot)
  const { session, subjects, owners, kept } = snapshot
  const { scenario } = session
  if (scenario !== null) checkScenario(scenario, sandbox.apis)
  const now = Date.parse(session.now)
  if (Number.isNaN(now)) throw badSnapshot(`session.now: "${session.now}" is not a time`)
  if (now > LATEST) throw badSnapshot(`session.now: "${session.now}" is beyond the year 9999`)
  // The clock continues from the moment of the snapshot, however long ago that was.
  const clock = session.frozen
    ? { offset: 0, frozenAt: now }
    : { offset: now - sandbox.clock.now(), frozenAt: null }
  return {
    record: { clock, scenario },
    subjects: subjects.map((each) => ({ ...each, record: decodeSubject(each) })),
    owners,
    kept: kept.map(({ reference, until, value }) => ({
      reference,
      until,
      value: { ...REPLAYED, ...value, body: value.body },
    })),
  }
}

const REPLAYED = {
  delay: 0,
  fault: undefined,
  trace: [],
  example: undefined,
  messages: [],
  notices: [],
  reasons: [],
} as const

function checkVersions(sandbox: Sandbox, { apis, subjects, owners }: SnapshotBody): void {
  for (const [name, version] of Object.entries(apis)) {
    const served = sandbox.apis.byName.get(name)?.contract.version
    if (served === undefined)
      throw badSnapshot(`it contains the API "${name}", which is not served here`)
    if (served === version) continue
    throw badSnapshot(
      `it was taken with ${name} ${version}, but ${served} is served; take a new one`,
    )
  }
  for (const { api } of [...subjects, ...owners]) {
    if (!Object.hasOwn(apis, api)) throw badSnapshot(`"${api}" is missing in its list of apis`)
  }
}

function checkBounds({ subjects, owners, kept }: SnapshotBody): void {
  const lengths = { subjects: subjects.length, ids: owners.length, references: kept.length }
  for (const [name, length] of Object.entries(lengths)) {
    const most = BOUNDS[name as keyof typeof lengths]
    if (length > most)
      throw badSnapshot(`it has ${length} ${name}; the limit of a session is ${most}`)
  }
}

function decodeSubject({ subject, record }: SnapshotBody['subjects'][number]): SubjectRecord {
  try {
    return decodeRecord(record as SubjectRecord)
  } catch (error) {
    if (error instanceof CodecError) throw badSnapshot(`subject "${subject}": ${error.message}`)
    throw error
  }
}

const badSnapshot = (reason: string) =>
  new Problem('bad-snapshot', `the snapshot cannot be used, and nothing was changed: ${reason}`)

/** Limit of the bytes of a snapshot that is restored. */
const LARGEST = 16 * 2 ** 20

export const snapshotRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/sessions/:id/snapshot',
    operationId: 'takeSnapshot',
    tag: 'Sessions',
    summary:
      'Take a snapshot: the whole state of a session, to start other sessions with; contains credentials',
    input: { params: sessionParams },
    responses: { 200: { description: 'The snapshot.', schema: ref('Snapshot') } },
    problems: ['unknown-session'],
    handler: async ({ sandbox, params }) =>
      takeSnapshot(sandbox, await requireSession(sandbox, params.id)),
  }),
  route({
    method: 'PUT',
    url: '/sessions/:id/snapshot',
    operationId: 'restoreSnapshot',
    tag: 'Sessions',
    summary: 'Restore a snapshot: replace the whole state of a session',
    bodyLimit: LARGEST,
    input: { params: sessionParams, body: ref('Snapshot') as unknown as { type: 'object' } },
    responses: EMPTY,
    problems: ['bad-snapshot', 'unknown-scenario', 'bad-session-id'],
    handler: async ({ sandbox, params, body, reply }) => {
      checkSessionId(params.id)
      await sandbox.store.write(params.id, parseSnapshot(sandbox, body as unknown as SnapshotBody))
      sandbox.forget(params.id)
      return reply.code(204).send()
    },
  }),
]
