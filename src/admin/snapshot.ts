import { LATEST, sessionTime } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Outcome } from '../exchange/exchange.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { checkScenario, checkSessionId } from '../sandbox/sandbox.ts'
import type { SubjectRecord } from '../scenario/model.ts'
import { CodecError, decodeRecord, encodeRecord } from '../scenario/state.ts'
import { BOUNDS } from '../store/store.ts'
import { type SessionWorld, sessionOf } from './lookups.ts'
import { EMPTY, sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'
import { ref } from './schemas.ts'

interface Snapshot {
  readonly format: 1
  /** The version of each contract that the state was made under. */
  readonly apis: Readonly<Record<string, string>>
  readonly session: {
    readonly now: string
    readonly frozen: boolean
    readonly scenario: string | null
  }
  readonly subjects: readonly { api: string; subject: string; record: unknown }[]
  readonly owners: readonly { api: string; id: string; subject: string }[]
  readonly kept: readonly { reference: string; until: number; value: KeptAnswer }[]
}

type KeptAnswer = Pick<Outcome, 'status' | 'headers' | 'rule' | 'scenario'> & { body?: string }

const versions = ({ apis }: Sandbox) =>
  Object.fromEntries([...apis.byName].map(([name, { contract }]) => [name, contract.version]))

function taken(sandbox: Sandbox, world: SessionWorld): Snapshot {
  const { record, subjects, owners, kept } = world
  return {
    format: 1,
    apis: versions(sandbox),
    session: {
      now: new Date(sessionTime(record.clock, sandbox.clock.now())).toISOString(),
      frozen: record.clock.frozenAt !== null,
      scenario: record.scenario,
    },
    subjects: subjects.map((each) => ({ ...each, record: encodeRecord(each.record) })),
    owners,
    kept: kept.map(({ reference, until, value }) => {
      const { status, headers, body, rule, scenario } = value
      const answer = { status, headers, rule, scenario, ...(body !== undefined && { body }) }
      return { reference, until, value: answer }
    }),
  }
}

/** The session that a snapshot was taken of, or a Problem: nothing of it is used by halves. */
function restored(sandbox: Sandbox, snapshot: Snapshot): Omit<SessionWorld, 'usedAt'> {
  checkVersions(sandbox, snapshot)
  checkBounds(snapshot)
  const { session, subjects, owners, kept } = snapshot
  const { scenario } = session
  if (scenario !== null) checkScenario(scenario, sandbox.apis)
  const now = Date.parse(session.now)
  if (Number.isNaN(now)) throw broken(`session.now: "${session.now}" is no point in time`)
  if (now > LATEST) throw broken(`session.now: "${session.now}" is beyond the year 9999`)
  // It goes on from the moment at which it was taken, however long ago that was.
  const clock = session.frozen
    ? { offset: 0, frozenAt: now }
    : { offset: now - sandbox.clock.now(), frozenAt: null }
  return {
    record: { clock, scenario },
    subjects: subjects.map((each) => ({ ...each, record: decodedRecord(each) })),
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
  reasons: [],
} as const

function checkVersions(sandbox: Sandbox, { apis, subjects, owners }: Snapshot): void {
  for (const [name, version] of Object.entries(apis)) {
    const served = sandbox.apis.byName.get(name)?.contract.version
    if (served === undefined) throw broken(`it is of "${name}", which is not served here`)
    if (served === version) continue
    throw broken(`it is of ${name} ${version}; served is ${served}: take a new one`)
  }
  for (const { api } of [...subjects, ...owners]) {
    if (!Object.hasOwn(apis, api)) throw broken(`"${api}" is missing in its list of apis`)
  }
}

function checkBounds({ subjects, owners, kept }: Snapshot): void {
  const lengths = { subjects: subjects.length, ids: owners.length, references: kept.length }
  for (const [name, length] of Object.entries(lengths)) {
    const most = BOUNDS[name as keyof typeof lengths]
    if (length > most) throw broken(`it has ${length} ${name}; a session keeps ${most}`)
  }
}

function decodedRecord({ subject, record }: Snapshot['subjects'][number]): SubjectRecord {
  try {
    return decodeRecord(record as SubjectRecord)
  } catch (error) {
    if (error instanceof CodecError) throw broken(`subject "${subject}": ${error.message}`)
    throw error
  }
}

const broken = (what: string) =>
  new Problem('bad-snapshot', `the snapshot cannot be used, and nothing was changed: ${what}`)

/** Most bytes of a snapshot that is put back. */
const LARGEST = 16 * 2 ** 20

export const snapshotRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/sessions/:id/snapshot',
    operationId: 'takeSnapshot',
    tag: 'Sessions',
    summary: "A session's whole state, to begin other sessions with; it holds credentials",
    input: { params: sessionParams },
    answers: { 200: { description: 'The snapshot.', schema: ref('Snapshot') } },
    problems: ['unknown-session'],
    handler: async ({ sandbox, params }) => taken(sandbox, await sessionOf(sandbox, params.id)),
  }),
  route({
    method: 'PUT',
    url: '/sessions/:id/snapshot',
    operationId: 'restoreSnapshot',
    tag: 'Sessions',
    summary: 'Put a session in the state of a snapshot, in place of what it has',
    bodyLimit: LARGEST,
    input: { params: sessionParams, body: ref('Snapshot') as unknown as { type: 'object' } },
    answers: EMPTY,
    problems: ['bad-snapshot', 'unknown-scenario', 'bad-session-id'],
    handler: async ({ sandbox, params, body, reply }) => {
      checkSessionId(params.id)
      await sandbox.store.write(params.id, restored(sandbox, body as unknown as Snapshot))
      sandbox.journal.forget(params.id)
      return reply.code(204).send()
    },
  }),
]
