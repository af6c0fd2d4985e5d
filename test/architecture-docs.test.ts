/** docs/architecture.md, held against the code that it describes. */
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { problems } from '../src/errors.ts'
import { PROBLEMS, STATUSES } from '../src/pipeline/refuse.ts'

const ROOT = new URL('..', import.meta.url)
const page = readFileSync(new URL('docs/architecture.md', ROOT), 'utf8')

/** The rows of the table under a heading row. */
function rowsOf(heading: string): string[][] {
  const [, after = ''] = page.split(`${heading}\n`)
  const lines = after.split('\n')
  const rows = lines.slice(
    1,
    lines.findIndex((line) => !line.startsWith('|')),
  )
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const steps = rowsOf('| step | file | refusals | problems |')

const namesIn = (cell = '') =>
  [...cell.matchAll(/`([\w-]+)` (\d{3})/g)].map(([, name = '', status]) => [name, Number(status)])

t.test('each step names a file that exists', async (t) => {
  t.equal(steps.length, 8)
  for (const [step, file = ''] of steps) {
    t.ok(existsSync(new URL(`src/${file.replaceAll('`', '')}`, ROOT)), `${step}`)
  }
})

t.test('each problem of a step has the status of the table in errors.ts', async (t) => {
  const named = steps.flatMap(([, , , cell]) => namesIn(cell))
  t.ok(named.length > 20)
  for (const [code, status] of named) {
    t.equal(problems[code as keyof typeof problems]?.status, status, `${code}`)
  }
})

t.test('each refusal of a step has a status of the table in refuse.ts', async (t) => {
  const named = steps.flatMap(([, , cell]) => namesIn(cell))
  for (const [kind, status] of named) {
    t.ok(STATUSES[kind as keyof typeof STATUSES]?.includes(Number(status)), `${kind} ${status}`)
  }
  t.same(new Set(named.map(([kind]) => kind)), new Set(Object.keys(STATUSES)))
})

t.test('a step that can refuse names the problem that stands in for the refusal', async (t) => {
  for (const [step, , refusals, found] of steps) {
    const codes = namesIn(found).map(([code]) => code)
    for (const [kind] of namesIn(refusals)) {
      t.ok(codes.includes(PROBLEMS[kind as keyof typeof PROBLEMS]), `${step}: ${kind}`)
    }
  }
})

/** Problems that only the admin API answers with. */
const ADMIN =
  /admin|snapshot|session$|request$|challenge|action|binding|spec$|resource|clock|journal|listeners/

t.test('each problem of a mocked request is in the lifecycle', async (t) => {
  const named = new Set(steps.flatMap(([, , , cell]) => namesIn(cell)).map(([code]) => code))
  const missing = Object.keys(problems).filter((code) => !named.has(code))
  t.same(
    missing.filter((code) => !ADMIN.test(code)),
    [],
  )
})

t.test('each file that the page names exists', async (t) => {
  const files = [...page.matchAll(/`((?:src|test|docs|scenarios)\/[\w/.-]+)`/g)].map(
    ([, file]) => file ?? '',
  )
  t.ok(files.length > 15)
  t.same(
    files.filter((file) => !existsSync(new URL(file, ROOT))),
    [],
  )
})

t.test('the rooms of the page are those of src/', async (t) => {
  const rooms = rowsOf('| room | answers |').flatMap(([cell = '']) =>
    [...cell.matchAll(/`([\w.-]+)\/?`/g)].map(([, room]) => room ?? ''),
  )
  t.ok(rooms.length >= 21)
  for (const room of rooms) t.ok(existsSync(new URL(`src/${room}`, ROOT)), room)
})
