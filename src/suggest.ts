import leven from 'leven'

/** The candidates closest in spelling to `value`, best first; all unrelated ones are left out. */
export function nearest(value: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = value.toLowerCase()
  const bound = Math.max(2, Math.ceil(value.length / 2))
  return [...candidates]
    .map((name) => ({ name, distance: distance(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= bound)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}

/** A client chooses the value's length, and the comparison costs its square. */
const LONGEST = 200

function distance(wanted: string, name: string): number {
  if (wanted.length > LONGEST) return Number.POSITIVE_INFINITY
  if (name.startsWith(wanted) || wanted.startsWith(name)) return 1
  return leven(wanted, name)
}

/** The nearest candidates; where none is near all of them, in the order of the alphabet. */
export function nearestOrAll(value: string, candidates: Iterable<string>): string[] {
  const all = [...candidates]
  const near = nearest(value, all)
  return near.length > 0 ? near : all.sort()
}

/** What is said of a name that no scenario has. */
export const noScenario = (name: string, known: readonly string[]) =>
  `there is no scenario "${name}"; nearest: ${known.join(', ')}`

/** `; did you mean "x"?`, or nothing where nothing is near. */
export function didYouMean(value: string, candidates: Iterable<string>): string {
  const [best] = nearest(value, candidates, 1)
  return best === undefined ? '' : `; did you mean "${best}"?`
}

/** Characters of a value that a message repeats. */
const LONGEST_SHOWN = 80

/** A value as a message repeats it: a client chooses its length. */
export const truncate = (value: string): string =>
  value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value
