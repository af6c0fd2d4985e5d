import leven from 'leven'

/** Returns the candidates closest in spelling to `value`, best first; unrelated ones are left out. */
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

/** Clients choose the length of a value, and the cost of comparing it grows with its square. */
const LONGEST_COMPARED = 200

function distance(wanted: string, name: string): number {
  if (wanted.length > LONGEST_COMPARED) return Number.POSITIVE_INFINITY
  if (name.startsWith(wanted) || wanted.startsWith(name)) return 1
  return leven(wanted, name)
}

/**
 * Says that a name does not exist, which names are near, and what lists all of them: the message itself
 * cannot, since a large API has hundreds.
 *
 * @param list the clause that says so, such as `"sca-sandbox scenarios" lists all`
 */
export function describeUnknown(
  kind: string,
  name: string,
  near: readonly string[],
  list: string,
): string {
  const hint = near.length > 0 ? `; nearest: ${near.join(', ')}` : ''
  return `there is no ${kind} "${truncate(name)}"${hint}; ${list}`
}

/** Returns `; did you mean "x"?`, or an empty string if no candidate is near. */
export function didYouMean(value: string, candidates: Iterable<string>): string {
  const [best] = nearest(value, candidates, 1)
  return best === undefined ? '' : `; did you mean "${best}"?`
}

/** Whether a name looks like one of the known, misspelt: about as long, or one begins the other. */
export const isMisspelt = (name: string, known: Iterable<string>): boolean =>
  name.length > 1 &&
  nearest(name, known).some(
    (near) => near.startsWith(name) || name.startsWith(near) || isAlmostAsLong(near, name),
  )

const isAlmostAsLong = (one: string, other: string) => Math.abs(one.length - other.length) <= 1

/** Characters of a value that a message repeats. */
const LONGEST_SHOWN = 80

/** A value as a message repeats it: a client chooses its length. */
export const truncate = (value: string, longest = LONGEST_SHOWN): string =>
  value.length > longest ? `${value.slice(0, longest)}…` : value
