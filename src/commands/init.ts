import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { Operation } from '../api.ts'
import type { Flags } from '../config.ts'
import type { Engine } from '../engine.ts'
import { StartError, UsageError } from '../errors.ts'
import { reason } from '../source.ts'
import type { Terminal } from '../terminal.ts'
import { configOf, withSettings } from './settings.ts'

/** `sca-sandbox init`: the files that a project begins with. */
export function addInit(command: Command, terminal: Terminal): void {
  const init = command
    .command('init')
    .description('write a first scenario, a compose file and a CI job for a project')
    .argument('[folder]', 'where to', '.')
    .option('--api <name>', 'the API of the scenario; the last document if left out')
    .exitOverride()
  withSettings(init, ['spec', 'scenarios']).action(async (folder: string, flags: Flags) => {
    const { spec: specs, scenarios } = configOf(flags, init, terminal)
    const { loadEngine } = await import('../load.ts')
    const files = beginning(loadEngine({ specs, scenarios }), flags.api as string | undefined)
    write(folder, files)
    for (const name of Object.keys(files)) terminal.out(`wrote ${join(folder, name)}`)
    terminal.out(
      'next: sca-sandbox check --scenarios scenarios, then sca-sandbox --scenarios scenarios',
    )
  })
}

type FilesToWrite = Readonly<Record<string, string>>

function beginning({ mocked }: Engine, wanted: string | undefined): FilesToWrite {
  const api = wanted ?? [...mocked.keys()].at(-1) ?? ''
  const found = mocked.get(api)
  if (!found) {
    throw new UsageError(`--api: there is no "${api}"; there are ${[...mocked.keys()].join(', ')}`)
  }
  const operations = [...found.contract.operations.values()]
  const first = operations.find((each) => failures(each).length > 0) ?? operations[0]
  if (!first)
    throw new UsageError(`${found.contract.file} has no operation to write a scenario for`)
  return {
    [`scenarios/${api}/second-call-fails.yaml`]: scenario(first.id, failures(first)[0]),
    'compose.yaml': COMPOSE,
    '.github/workflows/sandbox.yaml': WORKFLOW,
  }
}

interface Failure {
  readonly status: string
  readonly example: string | undefined
}

/** The answers of an operation that tell of an error, by status and name. */
const failures = ({ responses }: Operation): Failure[] =>
  [...responses.values()].flatMap(({ key, content }): Failure[] => {
    if (!/^[45]\d\d$/.test(key)) return []
    const names = [...(content?.examples.keys() ?? [])]
    return names.length > 0
      ? names.map((example) => ({ status: key, example }))
      : [{ status: key, example: undefined }]
  })

function scenario(operation: string, failure: Failure | undefined): string {
  const answer = !failure
    ? 'default'
    : failure.example === undefined
      ? failure.status
      : `{ status: ${failure.status}, example: ${failure.example} }`
  return `# The first call of ${operation} is answered as always, the second one fails.
# Play it with the header "X-Sandbox-Scenario: second-call-fails", or with the base URL
# http://localhost:4010/@my-test:second-call-fails
scenario: second-call-fails
summary: The second call of ${operation} fails.
operations:
  ${operation}:
    # One entry a call; the last one repeats. "rules" in place of "calls" look at remembered state.
    calls:
      - default
      - respond: ${answer}
`
}

const COMPOSE = `# docker compose up: the sandbox on port 4010, and your app beside it.
services:
  sandbox:
    image: sca-sandbox
    ports: ['4010:4010']
    volumes: ['./scenarios:/scenarios:ro']
  # app:
  #   build: .
  #   environment: { API_URL: 'http://sandbox:4010' }
  #   depends_on: { sandbox: { condition: service_healthy } }
`

const WORKFLOW = `# Checks the scenarios, then runs the tests of the app beside the sandbox.
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
      - run: npx sca-sandbox check --scenarios scenarios --format github
      - run: npx sca-sandbox --scenarios scenarios --log-level warn &
      - run: timeout 30 sh -c 'until npx sca-sandbox health; do sleep 1; done'
      - run: npm test
        env: { API_URL: 'http://127.0.0.1:4010' }
      - run: npx sca-sandbox coverage --min 50
`

/** Nothing that is there is written over. */
function write(folder: string, files: FilesToWrite): void {
  const taken = Object.keys(files).filter((name) => existsSync(join(folder, name)))
  if (taken.length > 0) {
    throw new StartError(`${taken.join(', ')}: already there; move it away, or name another folder`)
  }
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    try {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text, { flag: 'wx' })
    } catch (error) {
      throw new StartError(`cannot write ${path}: ${reason(error)}`)
    }
  }
}
