import leven from 'leven'
import type { Operation } from '../contract/model.ts'

/** An operation that a request without one nearly meant. */
export interface NearMiss {
  readonly api: string
  readonly operationId: string
  readonly method: string
  readonly path: string
  /** In words, what would have to be different. */
  readonly reason: string
}

/** An operation and a path at which it is served. */
export interface Served {
  readonly operation: Operation
  readonly path: string
}

interface Compared {
  readonly cost: number
  readonly reasons: readonly string[]
}

const MOST = 3
/** A path that differs more than this from another has nothing to do with it. */
const FARTHEST = 2.5
/** Words that differ by less than this are one word, misspelt. */
const ALIKE = 0.5
const LONGEST_SEGMENT = 64

/** The operations nearest to a request, best first. */
export function nearMisses(
  method: string,
  path: string,
  served: Iterable<Served>,
): readonly NearMiss[] {
  const found: (NearMiss & { readonly cost: number })[] = []
  const wanted = split(path)
  for (const { operation, path: template } of served) {
    const known = split(template)
    const { cost, reasons } = compared(wanted, known)
    if (cost > FARTHEST || (cost > 0 && !related(wanted, known))) continue
    const right = operation.method === method
    const why = right ? reasons : [`it takes ${operation.method}, not ${method}`, ...reasons]
    found.push({
      api: operation.api,
      operationId: operation.id,
      method: operation.method,
      path: template,
      reason: why.join('; '),
      cost: cost + (right ? 0 : 0.75),
    })
  }
  const near = found.filter(({ cost }) => cost <= FARTHEST).sort((a, b) => a.cost - b.cost)
  const known = new Set<string>()
  return near
    .filter(({ operationId }) => !known.has(operationId) && known.add(operationId))
    .slice(0, MOST)
    .map(({ cost: _, ...miss }) => miss)
}

/** Parameters take anything: without a word in common two paths have nothing to do with each other. */
const related = (wanted: readonly string[], template: readonly string[]) =>
  template.some((known) => wanted.some((asked) => difference(asked, known) < ALIKE))

const split = (path: string) => path.replace(/\/+$/, '').split('/').slice(1)

function compared(wanted: readonly string[], template: readonly string[]): Compared {
  let cost = 0
  const reasons: string[] = []
  const length = Math.max(wanted.length, template.length)
  // A client chooses how long a path is; one that differs too much already is not compared further.
  for (let index = 0; index < length && cost <= FARTHEST; index++) {
    const [asked, known] = [wanted[index], template[index]]
    if (known === undefined) {
      cost++
      reasons.push(`"/${shortened(asked ?? '')}" is too much`)
    } else if (asked === undefined) {
      cost++
      reasons.push(`"/${known}" is missing`)
    } else if (!fits(asked, known)) {
      cost += difference(asked, known)
      reasons.push(`"${shortened(asked)}" stands where "${known}" is wanted`)
    }
  }
  return { cost, reasons }
}

const shortened = (text: string) =>
  text.length > LONGEST_SEGMENT ? `${text.slice(0, LONGEST_SEGMENT)}…` : text

/** Whether a segment can be what a template's segment stands for. */
function fits(asked: string, known: string): boolean {
  if (asked === known) return true
  if (!known.includes('{')) return false
  const fixed = known.split(/\{[^}]*\}/)
  const [before = '', after = ''] = [fixed[0], fixed.at(-1)]
  let end = before.length
  for (const between of fixed.slice(1, -1)) {
    const at = asked.indexOf(between, end + 1)
    if (at < 0) return false
    end = at + between.length
  }
  return asked.startsWith(before) && asked.endsWith(after) && asked.length > end + after.length
}

/** From 0, the same, to 1, nothing in common. */
function difference(asked: string, known: string): number {
  if (asked.length > LONGEST_SEGMENT) return 1
  const plain = known.replace(/\{[^}]*\}/g, '')
  return leven(asked.toLowerCase(), plain.toLowerCase()) / Math.max(asked.length, plain.length, 1)
}
