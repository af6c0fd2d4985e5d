import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Command } from 'commander'
import type { Flags } from '../config/read.ts'
import type { Contract } from '../contract/model.ts'
import { StartError, UsageError } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import type { Apis } from '../sandbox/sandbox.ts'
import { describeSystemError, yaml } from '../yaml-file.ts'
import type { Terminal } from './flags.ts'
import { configOf, withSettings } from './flags.ts'
import { type Failure, listFailures } from './scaffold.ts'

/** `sca-sandbox init`: the files that a project begins with. */
export function addInit(command: Command, terminal: Terminal): void {
  const init = command
    .command('init')
    .description('write a first scenario, a compose file and a CI job for a project')
    .argument('[folder]', 'where to', '.')
    .option('--api <name>', 'the API of the scenario; the last document if left out')
    .exitOverride()
  withSettings(init, ['specs', 'scenarios']).action(async (folder: string, flags: Flags) => {
    const { specs, scenarios } = configOf(flags, init, terminal)
    const { loadApis: loadEngine } = await import('../sandbox/load.ts')
    const api = apiOf(loadEngine({ specs, scenarios }), flags.api as string | undefined)
    const { contract } = api
    if (contract.operations.size === 0) {
      throw new UsageError(`${contract.file} has no operation to write a scenario for`)
    }
    const document = specs.length > 0 ? relative(folder, contract.file) : undefined
    const own = document === undefined ? builtIn(contract) : await startOf(api)
    const files = { ...own, ...around(document) }
    write(folder, files)
    for (const name of Object.keys(files)) terminal.out(`wrote ${join(folder, name)}`)
    const where = folder === '.' ? '' : `, in ${folder}`
    const given = served(document)
    terminal.out(`next${where}: sca-sandbox check ${given}, then sca-sandbox ${given}`)
  })
}

type FilesToWrite = Readonly<Record<string, string>>

function apiOf({ byName }: Apis, wanted: string | undefined): Api {
  const api = wanted ?? [...byName.keys()].at(-1) ?? ''
  const found = byName.get(api)
  if (found) return found
  throw new UsageError(`--api: there is no "${api}"; there are ${[...byName.keys()].join(', ')}`)
}

/** The scenario of a document that is built in. */
function builtIn({ name, operations }: Contract): FilesToWrite {
  const all = [...operations.values()]
  const first = all.find((each) => listFailures(each).length > 0) ?? all[0]
  if (!first) return {}
  const text = scenario(first.id, listFailures(first)[0])
  return { [`scenarios/${name}/second-call-fails.yaml`]: text }
}

/** The first files of a document of one's own. */
async function startOf({ contract, scenarioSet }: Api): Promise<FilesToWrite> {
  const { scaffoldScenarios } = await import('./scaffold.ts')
  const { createGenerator: generator } = await import('../generate/generate.ts')
  // A default that is no file's is the contract's own.
  const isOwn = [...scenarioSet.scenarios.values()].some(({ file }) => file !== contract.file)
  const files = await scaffoldScenarios(contract, generator(), isOwn)
  const named = Object.entries(files)
  return Object.fromEntries(
    named.map(([name, text]) => [`scenarios/${contract.name}/${name}`, text]),
  )
}

/** What runs them; `document` is the path of one that is not built in, as seen from their folder. */
const around = (document: string | undefined): FilesToWrite => ({
  'compose.yaml': compose(document),
  '.github/workflows/sandbox.yaml': workflow(served(document)),
})

/** The flags that serve what was written. */
const served = (document: string | undefined) =>
  document === undefined
    ? '--scenarios scenarios'
    : `--spec ${quoted(document)} --scenarios scenarios`

/** As one word of a shell, whatever is in it. */
const quoted = (path: string) =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`

/** Formats a value on one line, with quotes where YAML needs them. */
const inline = (value: unknown) =>
  yaml()
    .stringify(value, { collectionStyle: typeof value === 'object' ? 'flow' : 'any', ...STYLE })
    .trimEnd()

const STYLE = { lineWidth: 0, blockQuote: false, singleQuote: true } as const

function scenario(operation: string, failure: Failure | undefined): string {
  return `# The first call of ${operation} is answered as always, the second one fails.
# Play it with the header "X-Sandbox-Scenario: second-call-fails", or with the base URL
# http://localhost:4010/@my-test:second-call-fails
scenario: second-call-fails
summary: ${inline(`The second call of ${operation} fails.`)}
operations:
  ${inline(operation)}:
    # One entry a call; the last one repeats. "rules" in place of "calls" look at remembered state.
    calls:
      - default
      - respond: ${inline(failure ?? 'default')}
`
}

function compose(document: string | undefined): string {
  // Where the image looks for documents beside the built-in ones.
  const mounts = document === undefined ? [] : [`./${document}:/specs/${basename(document)}:ro`]
  return `# docker compose up: the sandbox on port 4010, and your app beside it.
services:
  sandbox:
    image: sca-sandbox
    ports: ['4010:4010']
    volumes: ${inline(['./scenarios:/scenarios:ro', ...mounts])}
  # app:
  #   build: .
  #   environment: { API_URL: 'http://sandbox:4010' }
  #   depends_on: { sandbox: { condition: service_healthy } }
`
}

function workflow(flags: string): string {
  return `# Checks the scenarios, then runs the tests of the app beside the sandbox.
name: sandbox
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm ci
      - run: ${inline(`npx sca-sandbox check ${flags} --format github`)}
      - run: ${inline(`npx sca-sandbox ${flags} --log-level warn &`)}
      - run: timeout 30 sh -c 'until npx sca-sandbox health; do sleep 1; done'
      - run: npm test
        env: { API_URL: 'http://127.0.0.1:4010' }
      - run: npx sca-sandbox coverage --min 50
`
}

/** Nothing that is there is written over, and nothing stays where not all can be written. */
function write(folder: string, files: FilesToWrite): void {
  const taken = Object.keys(files).filter((name) => existsSync(join(folder, name)))
  if (taken.length > 0) {
    throw new StartError(`${taken.join(', ')}: already there; move it away, or name another folder`)
  }
  const made: string[] = []
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    try {
      const parent = mkdirSync(dirname(path), { recursive: true })
      if (parent !== undefined) made.push(parent)
      writeFileSync(path, text, { flag: 'wx' })
      made.push(path)
    } catch (error) {
      for (const each of made) rmSync(each, { recursive: true, force: true })
      throw new StartError(`cannot write ${path}: ${describeSystemError(error)}`)
    }
  }
}
