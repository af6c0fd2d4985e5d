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

export class SessionTimers {
  readonly #parts: TimersParts
  /** What ends the wait for the first timer of a session, by session. */
  readonly #waits = new Map<string, () => void>()
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
    const { store, clock, onError } = this.#parts
    const first = await store.firstDue(session)
    if (!first) return
    const { clock: setting } = await store.session(session)
    this.forget(session)
    // Stopped while the store was asked: nobody would end the wait.
    if (this.#stopped || setting.frozenAt !== null) return
    const ms = Math.max(0, first.due - setting.offset - clock.now())
    const act = () => this.#wake(session, setting.offset).catch(onError)
    this.#waits.set(session, clock.after(ms, act))
  }

  async #wake(session: string, offset: number): Promise<void> {
    this.#waits.delete(session)
    const now = this.#parts.clock.now() + offset
    await this.fireDue(session, now)
    // The system may wake a moment too early, and cannot wait for longer than some weeks.
    await this.#watch(session)
  }

  /** Gives up waiting; what is due fires when the session is used again. */
  forget(session: string): void {
    this.#waits.get(session)?.()
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
