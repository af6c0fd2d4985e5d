/** Real and virtual time: the only reader of the system clock and the only user of its timers. */

export interface Clock {
  /** Milliseconds since the epoch, real time. */
  now(): number
  /** Milliseconds, with fractions, since any point in time: for measuring how long something takes. */
  monotonic(): number
  /** Waits in real time; ends early, without an error, when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back in real time; the function returned cancels that. Cheaper than a signal: there are many. */
  after(ms: number, act: () => void): () => void
}

/** A timer of the system cannot be set for longer, and would go off at once. */
export const LONGEST_WAIT = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, Math.min(ms, LONGEST_WAIT))
      signal?.addEventListener('abort', done, { once: true })
    }),
  after: (ms, act) => {
    const timer = setTimeout(act, Math.min(ms, LONGEST_WAIT))
    return () => clearTimeout(timer)
  },
}

/** A signal that aborts after a while; `clear` when it is no longer needed. */
export interface Deadline {
  readonly signal: AbortSignal
  clear(): void
}

/**
 * Aborts after real time, even where a test has a clock of its own: a peer that hangs hangs in real
 * time.
 *
 * @param outer aborts it earlier
 */
export function deadline(ms: number, reason: string, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  const end = () => controller.abort(outer?.aborted ? outer.reason : new Error(reason))
  const timer = setTimeout(end, Math.min(ms, LONGEST_WAIT))
  if (outer?.aborted) end()
  else outer?.addEventListener('abort', end, { once: true })
  const clear = () => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', end)
  }
  return { signal: controller.signal, clear }
}

/** How a session's clock stands to real time. `frozenAt` is session time in ms, null when running. */
export interface ClockSetting {
  readonly offset: number
  readonly frozenAt: number | null
}

export const RUNNING: ClockSetting = { offset: 0, frozenAt: null }

/** The last instant that a timestamp of CEL and of RFC 3339 can name: the end of the year 9999. */
export const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The session's time in ms since the epoch. */
export const sessionTime = ({ offset, frozenAt }: ClockSetting, realNow: number): number =>
  frozenAt ?? Math.min(realNow + offset, LATEST)

export const advanced = (setting: ClockSetting, ms: number): ClockSetting =>
  setting.frozenAt === null
    ? { offset: setting.offset + ms, frozenAt: null }
    : { offset: setting.offset, frozenAt: setting.frozenAt + ms }

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const SHORT = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/
const PART = /(\d+(?:\.\d+)?)(ms|[smhd])/g
const ISO =
  /^P(?=[\dT])(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const ISO_UNITS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000]
const LONGEST_TEXT = 64

/**
 * Reads `15s`, `5m`, `1h30m`, `250ms`, `2d`, or ISO 8601 (`PT15S`, `P1DT12H`) as milliseconds;
 * undefined for anything else, a negative duration included.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  if (SHORT.test(text)) {
    let total = 0
    for (const [, count, unit] of text.matchAll(PART))
      total += Number(count) * (UNITS[unit ?? ''] ?? 0)
    return Math.round(total)
  }
  const iso = ISO.exec(text)
  if (!iso) return undefined
  return Math.round(
    ISO_UNITS.reduce((total, unit, index) => total + unit * Number(iso[index + 1] ?? 0), 0),
  )
}
