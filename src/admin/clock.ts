import { advanced, LATEST, parseDuration, sessionTime } from '../clock.ts'
import { Problem } from '../errors.ts'
import { checkSessionId } from '../sandbox/sandbox.ts'
import type { SessionRecord } from '../store/store.ts'
import { describeClock } from './lookups.ts'
import { sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'
import { ref } from './schemas.ts'

interface ClockChange {
  readonly advance?: string
  readonly now?: string
  readonly frozen?: boolean
}

/** Changes the clock of a session. A pure function: the store may call it again. */
function moveClock(record: SessionRecord, change: ClockChange, realNow: number): SessionRecord {
  const before = sessionTime(record.clock, realNow)
  const now = targetTime(change, before)
  const frozen = change.frozen ?? record.clock.frozenAt !== null
  const clock = change.advance === undefined ? record.clock : advanced(record.clock, now - before)
  const unchanged = change.now === undefined && frozen === (record.clock.frozenAt !== null)
  if (unchanged) return { ...record, clock }
  return {
    ...record,
    clock: frozen ? { offset: 0, frozenAt: now } : { offset: now - realNow, frozenAt: null },
  }
}

function targetTime({ advance, now }: ClockChange, before: number): number {
  const after =
    advance !== undefined
      ? before + parseStep(advance)
      : now !== undefined
        ? parseInstant(now)
        : before
  if (after > LATEST)
    throw new Problem('bad-admin-request', `${advance ?? now} is beyond the year 9999`)
  if (after >= before) return after
  const detail = `${now} is before the session's ${new Date(before).toISOString()}`
  const remedy = 'clocks only go forward; reset the session, or restore a snapshot'
  throw new Problem('clock-backwards', `${detail}: ${remedy}`)
}

function parseStep(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  if (/^-/.test(text)) {
    const remedy = 'clocks only go forward; reset the session, or restore a snapshot'
    throw new Problem('clock-backwards', `"${text}" would go back: ${remedy}`)
  }
  const form = 'use 15s, 5m, 1h30m, 250ms or ISO 8601 (PT15S)'
  throw new Problem('bad-admin-request', `advance: "${text}" is not a duration; ${form}`)
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

function parseInstant(text: string): number {
  const time = TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN
  // Date.parse reads February 30th as March 2nd.
  const isDay = new Date(text.slice(0, 10)).getUTCDate() === Number(text.slice(8, 10))
  if (isDay && !Number.isNaN(time)) return time
  const form = 'use RFC 3339 with a time zone: 2026-01-01T00:00:00Z'
  throw new Problem('bad-admin-request', `now: "${text}" is not a time; ${form}`)
}

export const clockRoutes: readonly Route[] = [
  route({
    method: 'POST',
    url: '/sessions/:id/clock',
    operationId: 'moveClock',
    tag: 'Sessions',
    summary: 'Advance, set, freeze or resume the clock of a session; creates the session if needed',
    input: {
      params: sessionParams,
      body: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        not: { type: 'object', required: ['advance', 'now'] },
        properties: {
          advance: {
            type: 'string',
            maxLength: 64,
            description: 'How far to advance it: 15s, 5m, 1h30m, 250ms, 2d, or ISO 8601: PT15S.',
          },
          now: {
            type: 'string',
            maxLength: 64,
            description:
              'The new time in RFC 3339, not before the current one: 2026-01-01T00:00:00Z.',
          },
          frozen: {
            type: 'boolean',
            description:
              'true: stop the clock, which can still be moved; false: let it run on from there.',
          },
        },
      },
    },
    responses: { 200: { description: 'The clock after the change.', schema: ref('Clock') } },
    problems: ['clock-backwards', 'bad-session-id'],
    handler: async ({ sandbox, params, body }) => {
      checkSessionId(params.id)
      const realNow = sandbox.clock.now()
      const record = await sandbox.store.changeSession(params.id, (before) =>
        moveClock(before, body, realNow),
      )
      const { due } = record
      const now = sessionTime(record.clock, realNow)
      if (due !== undefined && due <= now) await sandbox.timers.fireDue(params.id, now)
      if (due !== undefined) sandbox.timers.watch(params.id)
      sandbox.deliveries.advance(params.id, now)
      return describeClock(record, realNow)
    },
  }),
]
