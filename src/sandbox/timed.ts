import type { Clock } from '../clock.ts'
import { Durations } from '../journal/counters.ts'
import type { Store } from '../store/store.ts'

/** What every request waits for. */
export const TIMED = ['session', 'update'] as const

export type TimedMethod = (typeof TIMED)[number]

/** Upper bounds in ms: memory takes microseconds, a server in the same network a millisecond. */
const STORE_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 100, 1_000]

/** A store that notes how long it takes. */
export function timed<R, A>(
  store: Store<R, A>,
  clock: Clock,
  times: Map<TimedMethod, Durations>,
): Store<R, A> {
  const note = <T>(method: TimedMethod, work: () => Promise<T>): Promise<T> => {
    const from = clock.monotonic()
    const working = work()
    const done = () => times.get(method)?.add(clock.monotonic() - from)
    working.then(done, done)
    return working
  }
  for (const method of TIMED) times.set(method, new Durations(STORE_BUCKETS))
  return {
    open: () => store.open(),
    check: () => store.check(),
    session: (id) => note('session', () => store.session(id)),
    update: (key, change) => note('update', () => store.update(key, change)),
    changeSession: (id, change) => store.changeSession(id, change),
    owner: (session, api, id) => store.owner(session, api, id),
    once: (session, reference, now, make) => store.once(session, reference, now, make),
    count: () => store.count(),
    sessions: () => store.sessions(),
    read: (id) => store.read(id),
    write: (id, world) => store.write(id, world),
    deleteSession: (id) => store.deleteSession(id),
    deleteAll: () => store.deleteAll(),
    close: () => store.close(),
  }
}
