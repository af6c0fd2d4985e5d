/** Fires what rules planned: when a session's clock is moved, and in real time while it runs. */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import type { ScenarioSet } from '../scenario/model.ts'
import { type Fired, fireTimer } from '../scenario/timers.ts'
import type { DueSubject } from '../store/store.ts'
import type { Apis, SandboxStore } from './apis.ts'

export interface TimersParts {
  readonly store: SandboxStore
  readonly clock: Clock
  readonly seed: number
  /** Those in use when a timer is due. */
  readonly apis: () => Apis
  /** Called for each timer whose rule was applied, or failed. */
  readonly onFired: (session: string, due: DueSubject, fired: Fired) => void
  readonly onError: (error: Error) => void
}

/** After so many timers, others have their turn. */
const BATCH = 50

/** Ms by which the system may wake too early. */
const TOO_EARLY = 5

/** A wait cannot be set for longer. */
const LONGEST_WAIT = 2 ** 31 - 1

export class SessionTimers {
  readonly #parts: TimersParts
  /** What ends the wait for the first timer of a session, by session. */
  readonly #waits = new Map<string, AbortController>()
  #stopped = false

  constructor(parts: TimersParts) {
    this.#parts = parts
  }

  /**
   * Fires what is due in a session, in order, each at the instant at which it was due. What another
   * replica or request fires meanwhile does not fire again: a timer leaves its record as it fires.
   *
   * @param now the session's time in ms
   */
  async fireDue(session: string, now: number): Promise<void> {
    const { store } = this.#parts
    for (let fired = 1; ; fired++) {
      const first = await store.firstDue(session)
      if (!first || first.due > now) return
      await this.#fire(session, first)
      if (fired % BATCH === 0) await setImmediate()
    }
  }

  async #fire(session: string, first: DueSubject): Promise<void> {
    const { store, apis, seed, onFired } = this.#parts
    const { api, subject, due } = first
    const scenarioSet = apis().byName.get(api)?.scenarioSet ?? GONE
    const seedInput = { seed, session, api, subject, operation: '' }
    const { fired } = await store.update({ session, api, subject }, (record) => {
      const fired = record && fireTimer({ scenarioSet, record, now: due, seedInput })
      return { record: fired?.record ?? record ?? NOTHING, ids: fired?.ids ?? [], fired }
    })
    if (fired) onFired(session, first, fired)
  }

  /** Waits in real time for the first timer of a session, unless its clock stands still. */
  watch(session: string): void {
    this.#watch(session).catch(this.#parts.onError)
  }

  async #watch(session: string): Promise<void> {
    const { store, clock } = this.#parts
    if (!(await store.firstDue(session))) return
    const { clock: setting, due } = await store.session(session)
    this.forget(session)
    // Stopped while the store was asked: nobody would end the wait.
    if (this.#stopped || due === undefined || setting.frozenAt !== null) return
    const wait = new AbortController()
    this.#waits.set(session, wait)
    const since = clock.now()
    const ms = Math.max(0, due - setting.offset - since)
    await clock.sleep(Math.min(ms, LONGEST_WAIT), wait.signal)
    if (wait.signal.aborted) return
    this.#waits.delete(session)
    const now = clock.now() + setting.offset
    await this.fireDue(session, now)
    // A clock that does not follow its sleep, as in tests, would be waited for without end.
    const waited = clock.now() - since
    if (waited <= 0) return
    if (due - now <= TOO_EARLY || waited >= LONGEST_WAIT / 2) await this.#watch(session)
  }

  /** Gives up waiting; what is due fires when the session is used again. */
  forget(session: string): void {
    this.#waits.get(session)?.abort()
    this.#waits.delete(session)
  }

  stop(): void {
    this.#stopped = true
    for (const session of [...this.#waits.keys()]) this.forget(session)
  }
}

/** The documents no longer have the API: nothing is known of what its rules planned. */
const GONE: Pick<ScenarioSet, 'later'> = { later: new Map() }

const NOTHING = { state: {}, calls: {}, used: {}, given: [] }
