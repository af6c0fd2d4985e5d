import type { AdminSchemas, CoverageReport } from '../client/client.ts'
import { type Operation, type ResponseSpec, responseFor } from '../contract/model.ts'
import { isResponding } from '../scenario/decide.ts'
import type { Rule, ScenarioSet } from '../scenario/model.ts'
import { Count, type Tally } from './counters.ts'

// The admin API's document defines what coverage looks like; the types are generated from it.
export type ApiCoverage = AdminSchemas['ApiCoverage']
type OperationCoverage = AdminSchemas['OperationCoverage']
type StatusCoverage = AdminSchemas['StatusCoverage']
type CodeCoverage = AdminSchemas['CodeCoverage']
export type Figure = ApiCoverage['contract']

/** How often something was exercised, and by which sessions; not all of them are named. */
type Exercised = Pick<CodeCoverage, 'count' | 'sessions'>

export interface Covered {
  readonly contract: { readonly name: string; readonly operations: ReadonlyMap<string, Operation> }
  readonly scenarioSet: ScenarioSet
}

/** What of the contracts and of their scenarios was exercised. */
export function coverageOf(mocked: Iterable<Covered>, tally: Tally): CoverageReport {
  const counted = new Counted(tally)
  const apis = [...mocked].map((each) => apiCoverage(each, tally, counted))
  const operations = apis.flatMap((api) => api.operations)
  return {
    contract: total(apis.map(({ contract }) => contract)),
    scenarios: total(apis.map(({ scenarios }) => scenarios)),
    operations: figure(operations),
    apis,
  }
}

/** The counts of a tally by what the contract calls them. */
class Counted {
  readonly #counts = new Map<Operation, Map<string, Count>>()

  constructor(tally: Tally) {
    for (const { operation, status, example, count } of tally.answers()) {
      if (!operation) continue
      const spec = status === 0 ? undefined : responseFor(operation, status)
      this.#add(operation, '', count)
      if (spec) this.#add(operation, spec.key, count)
      if (spec && example !== undefined) this.#add(operation, `${spec.key} ${example}`, count)
    }
  }

  of(operation: Operation, key: string): Exercised {
    return exercised(this.#counts.get(operation)?.get(key))
  }

  #add(operation: Operation, key: string, count: Count): void {
    const counts = this.#counts.get(operation) ?? new Map<string, Count>()
    this.#counts.set(operation, counts)
    const sum = counts.get(key) ?? new Count()
    sum.take(count)
    counts.set(key, sum)
  }
}

const exercised = (count: Count | undefined): Exercised => ({
  count: count?.total ?? 0,
  sessions: Object.fromEntries(count?.sessions ?? []),
})

function apiCoverage(
  { contract, scenarioSet }: Covered,
  tally: Tally,
  counted: Counted,
): ApiCoverage {
  const operations = [...contract.operations.values()].map((operation) => ({
    operationId: operation.id,
    method: operation.method,
    path: operation.path,
    ...counted.of(operation, ''),
    statuses: [...operation.responses.values()].map((spec) => ({
      status: spec.key,
      ...counted.of(operation, spec.key),
      codes: codesOf(spec).map((code) => ({
        code,
        ...counted.of(operation, `${spec.key} ${code}`),
      })),
    })),
  }))
  const entries = entriesOf(scenarioSet).map((entry) => ({
    ...entry,
    ...exercised(tally.entry(entry.at)),
  }))
  return {
    api: contract.name,
    contract: figure(operations.flatMap(({ statuses }) => statuses.flatMap(leaves))),
    scenarios: figure(entries),
    operations,
    entries,
  }
}

/** A status with error codes is as much as each of them; any other is one thing. */
const leaves = (status: StatusCoverage): readonly Exercised[] =>
  status.codes.length > 0 ? status.codes : [status]

/** The names that a contract gives to the ways an operation fails. */
const codesOf = ({ key, content }: ResponseSpec): string[] =>
  /^[123]/.test(key) ? [] : [...(content?.examples.keys() ?? [])]

/** Every entry of an API's files, once, though it may stand for several operations. */
function entriesOf({ scenarios, credentials }: ScenarioSet) {
  const found = new Map<string, { at: string; scenario: string; when: string | null }>()
  const add = (scenario: string, { at, when }: { at: string; when: string | null }) => {
    if (!found.has(at)) found.set(at, { at, scenario, when })
  }
  for (const { chosen } of credentials) add('', chosen)
  for (const { name, before, operations, actions } of scenarios.values()) {
    const first = [...before.values()].map(({ rules }) => ({ rules: rules.filter(isResponding) }))
    for (const { rules } of [...first, ...operations.values(), ...actions.values()]) {
      for (const rule of rules) for (const { chosen } of withPlans(rule)) add(name, chosen)
    }
  }
  return [...found.values()]
}

/** A rule, and the rules of what it plans. */
const withPlans = (rule: Rule): readonly Rule[] => [
  rule,
  ...rule.later.flatMap((later) => withPlans(later.rule)),
]

const figure = (things: readonly Exercised[]): Figure =>
  figureOf(things.filter(({ count }) => count > 0).length, things.length)

const figureOf = (covered: number, all: number): Figure => ({
  covered,
  total: all,
  percent: all === 0 ? 100 : Math.floor((covered / all) * 1_000) / 10,
})

const total = (figures: readonly Figure[]): Figure =>
  figureOf(
    figures.reduce((sum, { covered }) => sum + covered, 0),
    figures.reduce((sum, each) => sum + each.total, 0),
  )

/** Most sessions that stand in a line. */
const MOST_NAMED = 3

type Row = readonly [what: string, count: string, sessions: string]

export function coverageText(coverage: CoverageReport): string {
  const { apis, contract, scenarios, operations } = coverage
  const rows = apis.flatMap(rowsOf)
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map(([what, count, sessions]) => {
    const cells = [what.padEnd(widths[0] ?? 0), count.padStart(widths[1] ?? 0), sessions]
    return cells.join('  ').trimEnd()
  })
  return [
    ...lines,
    '',
    `operations  ${shown(operations)}`,
    `contract    ${shown(contract)} of operations by status and error code`,
    `scenarios   ${shown(scenarios)} of entries`,
    '',
  ].join('\n')
}

const shown = ({ covered, total, percent }: Figure) => `${percent} % (${covered} of ${total})`

const rowsOf = ({ api, contract, scenarios, operations, entries }: ApiCoverage): Row[] => [
  [`${api}: contract ${shown(contract)}`, '', ''],
  ...operations.flatMap(operationRows),
  [`${api}: scenarios ${shown(scenarios)}`, '', ''],
  ...entries.map((entry): Row => row(`  ${entry.at}`, entry)),
]

const operationRows = (operation: OperationCoverage): Row[] => [
  [`  ${operation.method} ${operation.path}  ${operation.operationId}`, '', ''],
  ...operation.statuses.flatMap((status) =>
    status.codes.length > 0
      ? status.codes.map((code) => row(`    ${status.status} ${code.code}`, code))
      : [row(`    ${status.status}`, status)],
  ),
]

function row(what: string, { count, sessions }: Exercised): Row {
  if (count === 0) return [what, 'never', '']
  const named = Object.entries(sessions).map(([name, times]) => `${name} (${times})`)
  const more = named.length > MOST_NAMED ? ', …' : ''
  return [what, String(count), named.slice(0, MOST_NAMED).join(', ') + more]
}
