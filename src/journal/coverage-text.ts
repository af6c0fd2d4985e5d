/** Coverage as a table that a person reads in a terminal. */
import type { ApiCoverage, Coverage, Exercised, Figure, OperationCoverage } from './coverage.ts'

/** Most sessions that stand in a line. */
const MOST_NAMED = 3

type Row = readonly [what: string, count: string, sessions: string]

export function coverageText(coverage: Coverage): string {
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
