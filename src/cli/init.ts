import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Command } from 'commander'
import type { Flags } from '../config/read.ts'
import { StartError, UsageError } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import type { Apis } from '../sandbox/apis.ts'
import { describeSystemError, yaml } from '../yaml-file.ts'
import type { Terminal } from './flags.ts'
import { readLine, withSettings } from './flags.ts'
import { schemaLine } from './schema-line.ts'

/** `sca-sandbox init`: writes the files that a project begins with. */
export function addInit(command: Command, terminal: Terminal): void {
  const init = command
    .command('init')
    .description('write a first scenario, a compose file and a CI job for a project')
    .argument('[folder]', 'where to', '.')
    .option('--api <name>', 'the API of the scenario; the last with a state of its own if left out')
    .exitOverride()
  withSettings(init, ['specs', 'scenarios']).action(async (folder: string, flags: Flags) => {
    const { specs, scenarios } = readLine(flags, init, terminal)
    const { BUILT_IN, loadApis } = await import('../sandbox/load.ts')
    const api = findApi(loadApis({ specs, scenarios }), flags.api as string | undefined)
    const { contract } = api
    if (contract.operations.size === 0) {
      throw new UsageError(`${contract.file} has no operation to write a scenario for`)
    }
    const document = specs.length > 0 ? relative(folder, contract.file) : undefined
    const texts = await scaffold(api, document === undefined)
    const files = {
      ...withSchemaLines(texts, folder, BUILT_IN.scenarios),
      ...writeProject(document),
    }
    writeFiles(folder, files)
    for (const name of Object.keys(files)) terminal.out(`wrote ${join(folder, name)}`)
    const where = folder === '.' ? '' : `, in ${folder}`
    const given = serveFlags(document)
    terminal.out(`next${where}: sca-sandbox check ${given}, then sca-sandbox ${given}`)
  })
}

/** Texts by path. */
type Texts = Readonly<Record<string, string>>

function findApi({ byName }: Apis, wanted: string | undefined): Api {
  // One that shares the state of another, such as a simulator, is rarely what a project begins with.
  const own = [...byName.values()].filter(({ scenarioSet: { api, world } }) => api === world)
  const api = wanted ?? own.at(-1)?.contract.name ?? ''
  const found = byName.get(api)
  if (found) return found
  throw new UsageError(`--api: there is no "${api}"; there are ${[...byName.keys()].join(', ')}`)
}

/** The scenario files of an API; a document that is built in gets one about one-time passwords. */
async function scaffold({ contract, scenarioSet }: Api, isBuiltIn: boolean): Promise<Texts> {
  const { scaffoldScenarios } = await import('./scaffold.ts')
  const { scaffoldOtp } = await import('./scaffold-otp.ts')
  const { createGenerator } = await import('../generate/generate.ts')
  // A default that is no file's is the contract's own.
  const hasScenarios = [...scenarioSet.scenarios.values()].some(
    ({ file }) => file !== contract.file,
  )
  const otp = isBuiltIn ? scaffoldOtp(contract) : undefined
  const files = otp ?? (await scaffoldScenarios(contract, createGenerator(), hasScenarios))
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`scenarios/${contract.name}/${name}`, text]),
  )
}

const withSchemaLines = (texts: Texts, folder: string, schemas: string): Texts =>
  Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [
      path,
      `${schemaLine(join(folder, path), schemas)}\n${text}`,
    ]),
  )

/** What runs them; `document` is the path of one that is not built in, as seen from their folder. */
const writeProject = (document: string | undefined): Texts => ({
  'compose.yaml': writeCompose(document),
  '.github/workflows/sandbox.yaml': writeWorkflow(serveFlags(document)),
})

/** The flags that serve the files. */
const serveFlags = (document: string | undefined) =>
  document === undefined
    ? '--scenarios scenarios'
    : `--spec ${quoteWord(document)} --scenarios scenarios`

/** Quotes a path so that a shell reads it as one word. */
const quoteWord = (path: string) =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`

/** Formats a value on one line, with quotes where YAML needs them. */
const inline = (value: string | readonly string[]) =>
  yaml()
    .stringify(value, { collectionStyle: Array.isArray(value) ? 'flow' : 'any', ...STYLE })
    .trimEnd()

const STYLE = { lineWidth: 0, blockQuote: false, singleQuote: true } as const

function writeCompose(document: string | undefined): string {
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

function writeWorkflow(flags: string): string {
  return `# Checks the scenarios, then runs the tests of the app against the sandbox.
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

/** Writes all files or none, and overwrites nothing. */
function writeFiles(folder: string, files: Texts): void {
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
