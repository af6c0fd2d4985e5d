/** Entries that no call can ever come to. */
import type { Path } from '../yaml-file.ts'
import type { Expression } from './expression.ts'
import type { Faults } from './faults.ts'
import { isConstant } from './inspect.ts'
import type { Entry, Script } from './model.ts'
import type { RawEntry } from './raw.ts'
import { RequestView, Scope } from './scope.ts'

export interface CompiledEntry {
  readonly entry: Entry
  readonly guard: Expression | undefined
}

/** Finds entries that no call can ever come to. */
export function checkReach(
  raw: readonly (RawEntry | 'default')[],
  compiled: readonly CompiledEntry[],
  path: Path,
  faults: Faults,
  kind: Script['kind'],
): void {
  if (kind === 'calls') {
    for (const [index, entry] of raw.entries()) {
      if (entry === 'default' || entry.when === undefined) continue
      faults.add([...path, index, 'when'], '"when" is for "rules"; calls are counted', 'key')
    }
    const last = raw.at(-1)
    if (last !== undefined && last !== 'default' && last.times !== undefined) {
      const message = '"times" means nothing in the last entry: the last one repeats'
      faults.add([...path, raw.length - 1, 'times'], message, 'key')
    }
    return
  }
  const seen = new Map<string, string>()
  for (const [index, { entry, guard }] of compiled.entries()) {
    const at = [...path, index]
    const always = squeezed(entry.condition ?? '')
    const earlier = seen.get('') ?? seen.get(always)
    if (earlier) {
      faults.add(at, `this entry can never be reached: ${earlier} answers before it`)
    } else if (guard && isConstant(guard.ast) && never(guard)) {
      faults.add([...at, 'when'], 'this entry can never be reached: its condition is always false')
    }
    const constant = guard && isConstant(guard.ast) && !never(guard)
    if (entry.times === undefined) seen.set(constant ? '' : always, entry.at)
  }
}

/** Spaces tell two conditions apart within texts only. */
const squeezed = (condition: string) =>
  /["']/.test(condition) ? condition.trim() : condition.replace(/\s+/g, ' ').trim()

const NOBODY = new Scope({
  request: new RequestView({ method: '', path: {}, query: {}, headers: {} }),
  token: '',
  apiKey: '',
  now: new Date(0),
})

function never(guard: Expression): boolean {
  try {
    return guard.evaluate(NOBODY) !== true
  } catch {
    return true
  }
}
