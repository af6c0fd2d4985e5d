import type { Clock } from '../clock.ts'
import { Durations } from '../journal/counters.ts'

/** Upper bounds in ms: memory takes microseconds, a server in the same network a millisecond. */
const BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 100, 1_000]

type AsyncMethod = (...args: never[]) => Promise<unknown>

/** Replaces methods of an object by ones that record how long they take, failures included. */
export function timeMethods<Name extends string>(
  target: Record<NoInfer<Name>, AsyncMethod>,
  names: readonly Name[],
  clock: Clock,
): ReadonlyMap<NoInfer<Name>, Durations> {
  const times = new Map<Name, Durations>()
  for (const name of names) {
    const durations = new Durations(BUCKETS)
    const method = target[name].bind(target)
    times.set(name, durations)
    target[name] = (...args) => {
      const from = clock.monotonic()
      const running = method(...args)
      const record = () => durations.add(clock.monotonic() - from)
      running.then(record, record)
      return running
    }
  }
  return times
}
