/** The tests that every document of the corpus passes. */
import type { Test } from 'tap'
import { loadApis } from '../../src/sandbox/load.ts'
import { type Corpus, read } from './corpus.ts'
import { exercise, type Failure } from './exercise.ts'

const CHECKS: Readonly<Record<Failure['check'], string>> = {
  answers: 'every operation sends its success, and a second validator accepts it',
  prefers: 'every other response can be requested, and a second validator accepts it',
  generates: 'a second validator accepts generated values',
  repeats: 'the same seed gives the same bytes',
  accepts: 'a request with everything in it is accepted',
  refuses: 'a request with one thing wrong is refused with a reason',
}

/** How many failures are printed. */
const SHOWN = 25

export async function trial(t: Test, corpus: Corpus, options = {}): Promise<void> {
  const apis = loadApis({ specs: [corpus.file], scenarios: [] })
  const { failures, counts, unmade } = await exercise(t, apis, read(corpus), options)
  const summary = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  t.comment(`${corpus.name}: ${summary.join(', ')}`)
  for (const reason of unmade) t.comment(`no request can be built: ${reason}`)
  for (const [check, promise] of Object.entries(CHECKS)) {
    const found = failures.filter(
      (failure) => failure.check === check && !corpus.gaps?.includes(failure.operation),
    )
    const list = found.slice(0, SHOWN).map(({ operation, what }) => `${operation}: ${what}`)
    t.same(list, [], `${promise} (${found.length} do not)`)
  }
}
