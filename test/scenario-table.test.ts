/** docs/scenario-table.md names every scenario and error code, and its commands do what it says. */
import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { createSandbox } from '../src/index.ts'
import { APIS, documented } from './fixtures/vendor-documents.ts'

const root = new URL('../', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
const text = read('docs/scenario-table.md')

/** The part of the document under a heading. */
const section = (heading: string) =>
  text.split(/^## /m).find((each) => each.startsWith(heading)) ?? ''

const SECTIONS = {
  'weavr-multi': 'Weavr Multi',
  'weavr-simulator': 'Weavr Simulator',
  'plumery-mfa': 'Plumery MFA',
} as const

/** What shows that codes are found at all; the simulator has codes in its successes instead. */
const LEAST_CODES = { 'weavr-multi': 10, 'weavr-simulator': 0, 'plumery-mfa': 10 } as const

/** The rows of all tables of a section, heads and lines left out. */
const rowsOf = (heading: string): string[][] =>
  [...section(heading).matchAll(/^\| (.*) \|$/gm)]
    .map(([, row = '']) => row.split(' | '))
    .filter(([, , , command = '']) => command.startsWith('`'))

const unquoted = (cell = '') => cell.replaceAll('`', '')

/** The code that a row names; undefined where the response has none. */
const codeOf = (cell = '') => /`([A-Z0-9_]+)`/.exec(cell)?.[1]

const scenariosOf = (api: string) =>
  readdirSync(new URL(`scenarios/${api}`, root))
    .filter((name) => name !== 'api.yaml')
    .map((name) => name.replace('.yaml', ''))

/** Error codes that an API documents, each with a status, and that a scenario file of it names. */
function sendable(api: string): Set<string> {
  const files = scenariosOf(api).map((name) => read(`scenarios/${api}/${name}.yaml`))
  const said = new Set(files.join('\n').match(/\b[A-Z][A-Z0-9_]+\b/g))
  return new Set(
    documented
      .filter((operation) => operation.api === api)
      .flatMap(({ responses }) => Object.entries(responses))
      .filter(([status]) => !/^[23]/.test(status))
      .flatMap(([status, { content = {} }]) =>
        Object.values(content).flatMap(({ examples = {} }) =>
          Object.keys(examples)
            .filter((code) => said.has(code))
            .map((code) => `${status} ${code}`),
        ),
      ),
  )
}

for (const api of APIS) {
  const rows = rowsOf(SECTIONS[api])

  t.test(`the table has every scenario of ${api} and no other`, async (t) => {
    const listed = new Set(rows.map(([, , scenario]) => unquoted(scenario)))
    t.same([...listed].sort(), scenariosOf(api).sort())
  })

  t.test(`the table has every error code that a scenario of ${api} can send`, async (t) => {
    const listed = new Set(rows.map(([code, status]) => `${status} ${codeOf(code)}`))
    const codes = sendable(api)
    t.ok(codes.size > LEAST_CODES[api])
    for (const code of codes) {
      // Any status that is not listed is documented as `default`.
      const anyStatus = code.replace('default', '5\\d\\d')
      t.ok(
        [...listed].some((each) => new RegExp(`^${anyStatus}$`).test(each)),
        code,
      )
    }
  })
}

t.test('the table has every magic value of api.yaml and no other', async (t) => {
  const defined = APIS.flatMap((api) => {
    const { credentials = [] } = parse(read(`scenarios/${api}/api.yaml`)) as {
      credentials?: readonly { when: string; respond: number | { status: number } }[]
    }
    return credentials.flatMap(({ when, respond }) => {
      const status = typeof respond === 'number' ? respond : respond.status
      return when.split(' || ').flatMap((part) => {
        const of = part.startsWith('apiKey') ? 'api-key' : 'bearer token'
        return [...part.matchAll(/"([^"]+)"/g)].map(([, value]) => `${value} ${of} ${status}`)
      })
    })
  })
  const listed = rowsOf('Magic values').map(
    ([value, of, status]) => `${unquoted(value)} ${of} ${status}`,
  )
  t.same(listed.sort(), defined.sort())
})

/** The functions that the document has its readers paste. */
const functions = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, body]) => body).join('\n')

const skip = spawnSync('curl', ['--version']).status !== 0 && 'no curl'

t.test('the commands print the error codes and statuses that they should', { skip }, async (t) => {
  const { port, stop } = await createSandbox()
  t.teardown(stop)
  const rows = [...APIS.map((api) => SECTIONS[api]), 'Magic values'].flatMap(rowsOf)
  const commands = rows.map(([, , , command]) => unquoted(command)).join('\n')
  const script = `${functions}\n${commands}`.replaceAll('localhost:4010', `127.0.0.1:${port}`)
  const out = await new Promise<string>((resolve) => {
    execFile('bash', ['-c', script], (_, stdout) => resolve(stdout))
  })
  const printed = out.trimEnd().split('\n')
  t.equal(printed.length, rows.length)
  for (const [index, [code, status, third, command]] of rows.entries()) {
    const line = printed[index] ?? ''
    const wanted = /^\d+$/.test(status ?? '') ? status : third
    t.equal(line.split(' ').at(-1), wanted, `${command}: status`)
    const name = codeOf(code)
    if (name) t.match(line, new RegExp(`[":]${name}"`), `${command}: error code`)
    else if (code?.startsWith('no body')) t.equal(line, ` ${wanted}`, `${command}: no body`)
  }
})
