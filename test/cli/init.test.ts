import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { loadApis } from '../../src/sandbox/load.ts'
import { ROOT } from '../fixtures/built.ts'
import { listening } from '../fixtures/calls.ts'
import { BANK, documentOf } from '../fixtures/files.ts'
import { run } from '../fixtures/run.ts'

const COMPOSE = 'compose.yaml'
const WORKFLOW = '.github/workflows/sandbox.yaml'
const WRITTEN = ['scenarios/weavr-multi/one-time-password.yaml', COMPOSE, WORKFLOW]

type Files = NonNullable<Parameters<Test['testdir']>[0]>

/** The files below a folder. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted()

const init = (folder: string, ...args: string[]) => run(['init', folder, ...args])

/** A document of one operation. */
const single = (operationId: string | undefined, responses: Record<string, unknown>) =>
  documentOf({ '/one': { post: { ...(operationId && { operationId }), responses } } })

/** A status with one named example. */
const failing = (example: string) => ({
  description: 'No.',
  content: { 'application/json': { examples: { [example]: { value: { no: example } } } } },
})

/** Writes the files for an own document, and plays the scenario twice. */
async function played(t: Test, document: string, path = '/one') {
  const folder = t.testdir({ 'own.yaml': document })
  const spec = `${folder}/own.yaml`
  const { code, error } = await init(folder, '--spec', spec)
  t.equal(error, '')
  t.equal(code, 0)
  const files = { specs: [spec], scenarios: [`${folder}/scenarios`] }
  const { url } = await listening(t, { ...files, scenario: 'first-call-fails' })
  const call = async () => {
    const response = await fetch(url + path, { method: 'POST' }).catch(() => undefined)
    return response ? `${response.status} ${await response.text()}` : 'broken'
  }
  return [await call(), await call(), await call()]
}

// What is written

t.test('a scenario, a compose file and a workflow are written and told', async (t) => {
  const folder = t.testdir({})
  const { code, out, error } = await init(folder)
  t.equal(code, 0)
  t.equal(error, '')
  t.same(filesIn(folder), WRITTEN.toSorted())
  t.same(
    out.split('\n').slice(0, -1),
    WRITTEN.map((name) => `wrote ${join(folder, name)}`),
  )
})

t.test('a folder that is not there is made', async (t) => {
  const folder = join(t.testdir({}), 'a/b')
  t.equal((await init(folder)).code, 0)
  t.same(filesIn(folder), WRITTEN.toSorted())
})

t.test('files of a project stay as they are', async (t) => {
  const folder = t.testdir({ 'a.txt': 'a', '.github': { workflows: { 'ci.yaml': 'ci' } } })
  t.equal((await init(folder)).code, 0)
  t.same(filesIn(folder), ['.github/workflows/ci.yaml', 'a.txt', ...WRITTEN].toSorted())
  t.equal(readFileSync(`${folder}/.github/workflows/ci.yaml`, 'utf8'), 'ci')
})

t.test('the commands that it tells next find no fault', async (t) => {
  const folder = t.testdir({ 'own.yaml': BANK })
  for (const args of [[], ['--spec', `${folder}/own.yaml`]]) {
    const target = join(folder, `project${args.length}`)
    const line = (await init(target, ...args)).out.split('\n').at(-1) ?? ''
    const [, where, check = ''] = /^next, in (\S+): sca-sandbox (.*), then /.exec(line) ?? []
    t.equal(where, target)
    // The words are those of somebody in that folder.
    const words = check
      .split(' ')
      .map((word) => (/^--|^check$/.test(word) ? word : join(target, word)))
    t.match(await run([...words, '--no-notes']), { code: 0, error: '' })
  }
})

t.test('without a folder the files are written into the current one', async (t) => {
  const cwd = t.testdir({})
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'dist/cli.js'), 'init'],
    { cwd, encoding: 'utf8', env: { PATH: process.env.PATH } },
  )
  t.same([status, stderr], [0, ''])
  t.same(filesIn(cwd), WRITTEN.toSorted())
  t.same(stdout.split('\n'), [
    ...WRITTEN.map((name) => `wrote ${name}`),
    'next: sca-sandbox check --scenarios scenarios, then sca-sandbox --scenarios scenarios',
    '',
  ])
})

t.test('the scenario loads without notes of its own', async (t) => {
  const folder = t.testdir({})
  await init(folder)
  const found = await run(['check', '--scenarios', `${folder}/scenarios`])
  t.equal(found.code, 0)
  t.notMatch(found.out, 'one-time-password')
})

t.test('the compose file mounts the scenarios where the image looks for them', async (t) => {
  const folder = t.testdir({})
  await init(folder)
  t.match(parse(readFileSync(join(folder, COMPOSE), 'utf8')), {
    services: {
      sandbox: {
        image: 'sca-sandbox',
        ports: ['4010:4010'],
        volumes: ['./scenarios:/scenarios:ro'],
      },
    },
  })
})

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>
}

/** The commands of the sandbox in a workflow. */
const commandsOf = (folder: string) => {
  const { jobs } = parse(readFileSync(join(folder, WORKFLOW), 'utf8')) as Workflow
  return Object.values(jobs)
    .flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run.split(/sca-sandbox /)[1] ?? []))
    .map((text) => text.replace(/( &|;.*)$/, '').split(' '))
}

t.test('the workflow has commands and flags that there are', async (t) => {
  const folder = t.testdir({})
  await init(folder)
  const commands = commandsOf(folder)
  t.same(
    commands.map(([name]) => name),
    ['check', '--scenarios', 'health', 'coverage'],
  )
  for (const [name = '', ...words] of commands) {
    const { out } = await run([name.startsWith('--') ? 'serve' : name, '--help'])
    for (const word of words.filter((each) => each.startsWith('--'))) t.match(out, word)
  }
})

// Which API

t.test('without --api the scenario is of the last document with a state of its own', async (t) => {
  const folder = t.testdir({})
  await init(folder)
  t.same(readdirSync(`${folder}/scenarios`), ['weavr-multi'])
})

for (const [api, name, size] of [
  ['weavr-multi', 'one-time-password', 2],
  ['weavr-simulator', 'first-call-fails', 1],
  ['plumery-mfa', 'one-time-password', 2],
] as const) {
  t.test(`--api ${api} writes a scenario of it that loads`, async (t) => {
    const folder = t.testdir({})
    t.equal((await init(folder, '--api', api)).code, 0)
    const { byName } = loadApis({ specs: [], scenarios: [`${folder}/scenarios`] })
    const { contract, scenarioSet } = byName.get(api)!
    const { operations } = scenarioSet.scenarios.get(name)!
    t.equal(operations.size, size)
    for (const id of operations.keys()) t.ok(contract.operations.has(id))
  })
}

t.test('an unknown API ends with code 2, and nothing is written', async (t) => {
  const folder = t.testdir({})
  t.same(await init(folder, '--api', 'weavr'), {
    code: 2,
    out: '',
    error:
      'sca-sandbox: --api: there is no "weavr"; there are plumery-mfa, weavr-multi, weavr-simulator',
  })
  t.same(filesIn(folder), [])
})

// Documents of one's own

t.test('the first call of an own operation fails, and none after it', async (t) => {
  const responses = { 204: { description: 'Done.' }, 409: failing('TOO_EARLY') }
  const told = await played(t, single('sendOne', responses))
  t.same(told, ['409 {"no":"TOO_EARLY"}', '204 ', '204 '])
})

t.test('the first operation that can fail is the one that does', async (t) => {
  t.match(await played(t, BANK, '/codes/7'), ['409 {"error":"TOO_EARLY"}', /^200 /, /^200 /])
})

t.test('a failure without an example is answered by its status', async (t) => {
  const responses = { 204: { description: 'Done.' }, 503: { description: 'No.' } }
  t.same(await played(t, single('sendOne', responses)), ['503 ', '204 ', '204 '])
})

t.test('of an operation that cannot fail the first connection breaks', async (t) => {
  const responses = { 204: { description: 'Done.' } }
  t.same(await played(t, single('sendOne', responses)), ['broken', '204 ', '204 '])
})

t.test('an operation without an id has the one that is made of its path', async (t) => {
  const responses = { 204: { description: 'Done.' }, 409: failing('TOO_EARLY') }
  t.match(await played(t, single(undefined, responses)), [/^409 /, '204 ', '204 '])
})

for (const name of [
  'send: #1',
  'a, b',
  '"quoted"',
  "it's",
  '- x',
  '{x}',
  '1',
  'true',
  '@x',
  '50%',
]) {
  t.test(`an operation and an example called ${name} are written so that they load`, async (t) => {
    const responses = { 204: { description: 'Done.' }, 409: failing(name) }
    const no = `409 ${JSON.stringify({ no: name })}`
    t.same(await played(t, single(name, responses)), [no, '204 ', '204 '])
  })
}

t.test('the workflow and the compose file name an own document', async (t) => {
  const path = t.testdir({ api: { 'own.yaml': BANK } })
  const folder = join(path, 'project')
  t.equal((await init(folder, '--spec', `${path}/api/own.yaml`)).code, 0)
  const flags = ['--spec', '../api/own.yaml', '--scenarios', 'scenarios']
  const [check, serve] = commandsOf(folder)
  t.same(check, ['check', ...flags, '--format', 'github'])
  t.same(serve, [...flags, '--log-level', 'warn'])
  t.match(parse(readFileSync(join(folder, COMPOSE), 'utf8')), {
    services: {
      sandbox: {
        volumes: ['./scenarios:/scenarios:ro', './../api/own.yaml:/specs/own.yaml:ro'],
      },
    },
  })
})

for (const name of ['my specs', "it's", 'a: b', 'a #b', '$HOME', 'a&b']) {
  t.test(`a document in a folder called ${name} is one word of each command`, async (t) => {
    const path = t.testdir({ [name]: { 'own.yaml': BANK } })
    const { out } = await init(join(path, 'project'), '--spec', `${path}/${name}/own.yaml`)
    const { jobs } = parse(readFileSync(join(path, 'project', WORKFLOW), 'utf8')) as Workflow
    const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
    const [, next = '', later = ''] = /: sca-sandbox (.*), then sca-sandbox (.*)$/.exec(out) ?? []
    const lines = [next, later, ...runs.flatMap((each) => /--spec.*?(?= &|$)/.exec(each) ?? [])]
    t.equal(lines.length, 4)
    for (const line of lines) {
      const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
      t.ok(stdout.split('\n').includes(`../${name}/own.yaml`), line)
    }
  })
}

t.test('a document of a file of settings is used', async (t) => {
  const folder = t.testdir({ 'own.yaml': BANK, 'my.yaml': 'spec: own.yaml' })
  t.equal((await init(join(folder, 'project'), '--config', `${folder}/my.yaml`)).code, 0)
  t.same(readdirSync(`${folder}/project/scenarios`), ['own'])
})

t.test('a document with faults ends with code 1, and nothing is written', async (t) => {
  const folder = t.testdir({ 'own.yaml': 'swagger: "2.0"' })
  const { code, out, error } = await init(folder, '--spec', `${folder}/own.yaml`)
  t.equal(code, 1)
  t.equal(out, '')
  t.match(error, /own\.yaml:1:10: .*\n1 fault found$/)
  t.same(filesIn(folder), ['own.yaml'])
})

// Nothing is overwritten, and nothing is half written

for (const [taken, files] of Object.entries<Files>({
  [WRITTEN[0]!]: { scenarios: { 'weavr-multi': { 'one-time-password.yaml': 'mine' } } },
  [COMPOSE]: { 'compose.yaml': 'mine' },
  [WORKFLOW]: { '.github': { workflows: { 'sandbox.yaml': 'mine' } } },
})) {
  t.test(`where ${taken} is there it stays, and nothing else is written`, async (t) => {
    const folder = t.testdir(files)
    t.same(await init(folder), {
      code: 1,
      out: '',
      error: `sca-sandbox: ${taken}: already there; move it away, or name another folder`,
    })
    t.same(filesIn(folder), [taken])
    t.equal(readFileSync(join(folder, taken), 'utf8'), 'mine')
  })
}

t.test('a second time everything is there already', async (t) => {
  const folder = t.testdir({})
  await init(folder)
  t.match(await init(folder), {
    code: 1,
    error: `sca-sandbox: ${WRITTEN.join(', ')}: already there`,
  })
})

for (const [what, files] of Object.entries<Files>({
  'a file called .github': { '.github': 'mine' },
  'a file called .github/workflows': { '.github': { workflows: 'mine' } },
  'a file called scenarios': { scenarios: 'mine' },
})) {
  t.test(`where ${what} is in the way nothing is written`, async (t) => {
    const folder = t.testdir(files)
    const before = readdirSync(folder, { recursive: true }).toSorted()
    const { code, out, error } = await init(folder)
    t.equal(code, 1)
    t.equal(out, '')
    t.match(error, `sca-sandbox: cannot write ${folder}/`)
    t.notMatch(error, '\n')
    t.same(readdirSync(folder, { recursive: true }).toSorted(), before)
  })
}

t.test('where a link to nothing is in the way it stays, and nothing is written', async (t) => {
  const folder = t.testdir({ '.github': { workflows: {} } })
  symlinkSync('nowhere', join(folder, WORKFLOW))
  const { code, error } = await init(folder)
  t.equal(code, 1)
  t.match(error, `sca-sandbox: cannot write ${folder}/${WORKFLOW}: `)
  t.same(filesIn(folder), [WORKFLOW])
})

t.test('a folder that is a file ends with code 1 and one line', async (t) => {
  const file = join(t.testdir({ 'a.txt': 'mine' }), 'a.txt')
  t.same(await init(file), {
    code: 1,
    out: '',
    error: `sca-sandbox: cannot write ${file}/${WRITTEN[0]}: it is not a folder`,
  })
  t.equal(readFileSync(file, 'utf8'), 'mine')
})

t.test('a folder that cannot be made ends with code 1 and one line', async (t) => {
  const folder = join(t.testdir({ 'a.txt': 'mine' }), 'a.txt/b/c')
  const { code, out, error } = await init(folder)
  t.equal(code, 1)
  t.equal(out, '')
  t.match(error, `sca-sandbox: cannot write ${folder}/`)
  t.notMatch(error, '\n')
  t.notOk(existsSync(folder))
})
