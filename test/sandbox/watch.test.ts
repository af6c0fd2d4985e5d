/** Files that change while a sandbox runs: real files, watched as users have them watched. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import type { SandboxOptions } from '../../src/index.ts'
import { type Files, loadApis } from '../../src/sandbox/load.ts'
import { reload } from '../../src/sandbox/watch.ts'
import { makeParts } from '../fixtures/app.ts'
import { ROOT } from '../fixtures/built.ts'
import { listening, playing, told } from '../fixtures/calls.ts'
import { BANK, documentOf } from '../fixtures/files.ts'

t.setTimeout(120_000)

/** Long enough for a machine with much else to do; what happens sooner is seen sooner. */
const BOUND = 15_000

async function until(happened: () => boolean | Promise<boolean>, what = 'it'): Promise<void> {
  const end = Date.now() + BOUND
  while (!(await happened())) {
    if (Date.now() > end) throw new Error(`${what} did not happen within ${BOUND / 1_000} s`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const ANEW = 'documents and scenarios were reloaded'
const AS_BEFORE = 'the last good documents and scenarios stay in use'

/** A logger, and the messages that it was given, apart from those of requests. */
function logging() {
  const lines: string[] = []
  const write = (chunk: Buffer, _: string, done: () => void) => {
    const { msg } = JSON.parse(chunk.toString())
    if (!/^(GET|POST) /.test(msg)) lines.push(msg)
    done()
  }
  const count = (message: string) => lines.filter((line) => line === message).length
  return { logger: pino({}, new Writable({ write })), lines, count }
}

/** A scenario in which a code is sent, or not. */
const scenario = (name: string, status: number) => `scenario: ${name}
summary: It answers ${status}.
operations:
  sendCode:
    calls: [{ respond: ${status === 409 ? '{ status: 409, example: TOO_EARLY }' : status} }]
`

/** Counts the codes of a session: 204 for the first two, 409 from then on. */
const COUNTING = `scenario: default
summary: Two codes are sent.
state: { sent: 0 }
operations:
  sendCode:
    rules:
      - when: state.sent < 2
        set: { sent: '\${state.sent + 1}' }
        respond: 204
      - respond: { status: 409, example: TOO_EARLY }
`

const BROKEN = 'scenario: s\nsummary: x\nextends: none\nextra: 1\n'

type Tree = NonNullable<Parameters<Test['testdir']>[0]>

/** A sandbox of the bank that watches, its files, and what to do with them. */
async function watching(t: Test, scenarios: Tree = {}, options: SandboxOptions = {}) {
  const folder = t.testdir({ specs: { 'bank.yaml': BANK }, scenarios: { bank: scenarios } })
  const log = logging()
  const sandbox = await listening(t, {
    specs: [`${folder}/specs`],
    scenarios: [`${folder}/scenarios`],
    watch: true,
    logger: log.logger,
    ...options,
  })
  const path = (name: string) =>
    name.startsWith('/') ? join(folder, name) : join(folder, 'scenarios/bank', name)
  /** Resolves when a change was taken in, or refused. */
  const settled = async (change: () => void, message: string) => {
    const before = log.count(message)
    change()
    await until(() => log.count(message) > before, `"${message}"`)
  }
  return {
    ...sandbox,
    ...log,
    folder,
    /** A file below `scenarios/bank`, or with a slash before it below the folder. */
    path,
    write: (name: string, text: string, message = ANEW) =>
      settled(() => writeFileSync(path(name), text), message),
    remove: (name: string, message = ANEW) => settled(() => unlinkSync(path(name)), message),
    settled,
    send: async (headers: Readonly<Record<string, string>> = {}, id = '7') => {
      const response = await fetch(`${sandbox.url}/codes/${id}`, { method: 'POST', headers })
      return { status: response.status, text: await response.text() }
    },
    ready: async () =>
      (await (await fetch(`${sandbox.url}/__admin/ready`)).json()) as {
        status: string
        apis: string[]
        scenarios: number
        faults: string[]
      },
  }
}

const TOO_EARLY = '409 {"error":"TOO_EARLY"}'

t.test('a scenario file', async (t) => {
  t.test('that was changed is played by the next request', async (t) => {
    const { send, write } = await watching(t, { 's.yaml': scenario('s', 204) })
    t.equal(told(await send(playing('s'))), '204')
    await write('s.yaml', scenario('s', 409))
    t.equal(told(await send(playing('s'))), TOO_EARLY)
  })

  t.test('that was added is played by the next request', async (t) => {
    const { send, write, ready } = await watching(t)
    t.equal((await send(playing('s'))).status, 400)
    t.equal((await ready()).scenarios, 1)
    await write('s.yaml', scenario('s', 409))
    t.equal(told(await send(playing('s'))), TOO_EARLY)
    t.equal((await ready()).scenarios, 2)
  })

  t.test('that was deleted is played no more', async (t) => {
    const { send, remove } = await watching(t, { 's.yaml': scenario('s', 409) })
    t.equal((await send(playing('s'))).status, 409)
    await remove('s.yaml')
    const { status, text } = await send(playing('s'))
    t.equal(status, 400)
    t.equal(JSON.parse(text).code, 'unknown-scenario')
  })

  t.test('that replaced another one gives way to it again when it is deleted', async (t) => {
    const { send, write, remove } = await watching(t)
    await write('mine.yaml', scenario('default', 409))
    t.equal((await send()).status, 409)
    await remove('mine.yaml')
    t.equal((await send()).status, 200)
  })

  t.test('that an editor puts in the place of the old one is seen each time', async (t) => {
    const { send, path, settled } = await watching(t, { 's.yaml': scenario('s', 204) })
    for (const status of [409, 204, 409]) {
      await settled(() => {
        writeFileSync(path('/new'), scenario('s', status))
        renameSync(path('/new'), path('s.yaml'))
      }, ANEW)
      t.equal((await send(playing('s'))).status, status)
    }
  })

  t.test('of an API that had none is seen', async (t) => {
    const { send, path, settled } = await watching(t)
    rmSync(path(''), { recursive: true })
    await settled(() => {
      mkdirSync(path(''))
      writeFileSync(path('s.yaml'), scenario('s', 409))
    }, ANEW)
    await until(async () => (await send(playing('s'))).status === 409)
  })
})

t.test('a document', async (t) => {
  const GREETING = documentOf({ '/hello': { get: { responses: { 204: {} } } } })
  const hello = async (url: string) => (await fetch(`${url}/hello`)).status

  t.test('that was changed is followed by the next request', async (t) => {
    const { send, write, url } = await watching(t)
    t.equal((await fetch(`${url}/pins/7`)).status, 404)
    await write('/specs/bank.yaml', BANK.replace('/codes/{id}:', '/pins/{id}:'))
    t.equal((await fetch(`${url}/pins/7`)).status, 200)
    t.equal((await send()).status, 404)
  })

  t.test('that was added is served beside the others', async (t) => {
    const { send, write, url, ready } = await watching(t)
    t.equal(await hello(url), 404)
    await write('/specs/greeting.json', GREETING)
    t.equal(await hello(url), 204)
    t.equal((await send()).status, 200)
    t.same((await ready()).apis, ['bank', 'greeting'])
  })

  t.test('that was added is offered by the docs page', async (t) => {
    const { write, remove, url } = await watching(t)
    const page = `${url}/__admin/docs/static/swagger-initializer.js`
    const offered = async () =>
      [...(await (await fetch(page)).text()).matchAll(/__admin\/specs\/([\w-]+)/g)].map(
        ([, name]) => name,
      )
    t.same(await offered(), ['bank'])
    await write('/specs/greeting.json', GREETING)
    t.same(await offered(), ['bank', 'greeting'])
    await remove('/specs/greeting.json')
    t.same(await offered(), ['bank'])
  })

  t.test('that was deleted is served no more', async (t) => {
    const { send, write, remove, url } = await watching(t)
    await write('/specs/greeting.json', GREETING)
    await remove('/specs/greeting.json')
    t.equal(await hello(url), 404)
    t.equal((await send()).status, 200)
  })

  t.test('that was named alone is seen each time an editor replaces it', async (t) => {
    const folder = t.testdir({ 'greeting.json': GREETING })
    const { logger, count } = logging()
    const file = `${folder}/greeting.json`
    const { url } = await listening(t, { specs: [file], watch: true, logger })
    for (const [n, status] of [200, 204, 200].entries()) {
      writeFileSync(`${file}.new`, GREETING.replace('204', `${status}`))
      renameSync(`${file}.new`, file)
      await until(() => count(ANEW) > n)
      t.equal(await hello(url), status)
    }
  })
})

t.test('what may be missing, and comes later,', async (t) => {
  const greeting = (status: number) =>
    documentOf({ '/hello': { get: { responses: { [status]: { description: '' } } } } })

  t.test('is served from then on, and no more once it is gone', async (t) => {
    const folder = t.testdir({ 'bank.yaml': BANK })
    const { logger, count } = logging()
    const specs = [`${folder}/bank.yaml`, `${folder}/greeting.json?`]
    const { url } = await listening(t, { specs, watch: true, logger })
    const status = async () => (await fetch(`${url}/hello`)).status
    t.equal(await status(), 404)
    for (const [n, code] of [204, 200].entries()) {
      writeFileSync(`${folder}/greeting.json`, greeting(code))
      await until(() => count(ANEW) > n)
      t.equal(await status(), code)
    }
    unlinkSync(`${folder}/greeting.json`)
    await until(async () => (await status()) === 404)
  })

  t.test('is played, though it is a folder with folders in it', async (t) => {
    const folder = t.testdir({ 'bank.yaml': BANK })
    const { logger } = logging()
    const files = { specs: [`${folder}/bank.yaml`], scenarios: [`${folder}/mine?`] }
    const { url } = await listening(t, { ...files, watch: true, logger })
    const send = () => fetch(`${url}/@a:s/codes/7`, { method: 'POST' })
    t.equal((await send()).status, 400)
    mkdirSync(`${folder}/mine/bank`, { recursive: true })
    writeFileSync(`${folder}/mine/bank/s.yaml`, scenario('s', 204))
    await until(async () => (await send()).status === 204)
    writeFileSync(`${folder}/mine/bank/s.yaml`, scenario('s', 409))
    await until(async () => (await send()).status === 409)
  })
})

t.test('headers that a document brings can be read by web pages', async (t) => {
  const { write, url } = await watching(t)
  const exposed = async () => {
    const { headers } = await fetch(`${url}/codes/7`, { headers: { origin: 'http://app.test' } })
    return headers.get('access-control-expose-headers')?.split(', ') ?? []
  }
  t.ok((await exposed()).includes('X-Sandbox-Rule'))
  t.notOk((await exposed()).includes('X-Greeting'))
  const headers = { 'X-Greeting': { schema: { type: 'string' } } }
  const responses = { 204: { description: '', headers } }
  await write('/specs/greeting.json', documentOf({ '/hello': { get: { responses } } }))
  t.ok((await exposed()).map((name) => name.toLowerCase()).includes('x-greeting'))
})

t.test('what was going on goes on', async (t) => {
  t.test('state, and the number of the call', async (t) => {
    const { send, write } = await watching(t, { 'default.yaml': COUNTING })
    t.equal((await send()).status, 204)
    await write('s.yaml', scenario('s', 409))
    t.equal((await send()).status, 204, 'the second code')
    await write('default.yaml', COUNTING.replace('Two', '2'))
    t.equal((await send()).status, 409, 'the third is one too many')
    await write('default.yaml', COUNTING.replace('< 2', '< 3'))
    t.equal((await send()).status, 204, 'until three are allowed')
  })

  t.test('the clock of a session', async (t) => {
    const { client, write } = await watching(t)
    const session = client.session('mine')
    await session.advance('2d')
    const before = (await session.read()).clock.now
    await write('s.yaml', scenario('s', 409))
    t.ok((await session.read()).clock.now >= before)
    t.ok(Date.parse((await session.read()).clock.now) > Date.now() + 86_400_000)
  })

  t.test('the scenario of a session', async (t) => {
    const { client, send, write } = await watching(t, { 's.yaml': scenario('s', 204) })
    await client.session('mine').play('s')
    await write('s.yaml', scenario('s', 409))
    t.equal((await send({ 'x-sandbox-session': 'mine' })).status, 409)
    t.equal((await send()).status, 200)
  })

  t.test('the journal', async (t) => {
    const { send, write, requests } = await watching(t)
    await send()
    await write('s.yaml', scenario('s', 409))
    await send(playing('s'))
    t.match(requests(), [
      { scenario: 'default', response: { status: 200 } },
      { scenario: 's', response: { status: 409 } },
    ])
    t.equal(requests().length, 2)
  })

  t.test('the counts of coverage', async (t) => {
    const { client, send, write } = await watching(t)
    const calls = async () => {
      const { apis } = await client.coverage()
      return apis[0]?.operations.find(({ operationId }) => operationId === 'sendCode')?.count
    }
    await send()
    t.equal(await calls(), 1)
    await write('/specs/bank.yaml', `${BANK}\n`)
    t.equal(await calls(), 1)
    await send()
    t.equal(await calls(), 2)
  })

  t.test('an answer that is on its way', async (t) => {
    const slow = scenario('s', 409).replace('{ respond', '{ delay: 1s, respond')
    const { send, write } = await watching(t, { 's.yaml': slow })
    const answer = send(playing('s'))
    await write('s.yaml', scenario('s', 204))
    t.equal((await answer).status, 409)
  })
})

t.test('a broken file', async (t) => {
  t.test('leaves the last good version, and each fault is told at its place', async (t) => {
    const watched = await watching(t, { 's.yaml': scenario('s', 409) })
    const { send, write, lines, path, ready } = watched
    await write('s.yaml', BROKEN, AS_BEFORE)
    t.equal(told(await send(playing('s'))), TOO_EARLY)
    const file = relative(process.cwd(), path('s.yaml'))
    const expected = [`${file}:4:1: unknown key "extra"`]
    t.match((await ready()).faults, expected)
    t.match(lines.slice(-2), [...expected, AS_BEFORE])
    t.equal(lines.includes(ANEW), false)
  })

  t.test('beside others has its faults told with all of theirs', async (t) => {
    const { write, ready, path } = await watching(t, {
      'a.yaml': scenario('a', 204),
      'b.yaml': scenario('b', 204),
    })
    await write('a.yaml', 'scenario: a\nsumary: x\n', AS_BEFORE)
    await write('b.yaml', 'scenario: [', AS_BEFORE)
    const places = (await ready()).faults.map((fault) => /^.*?:\d+:\d+: \S/.exec(fault)?.[0])
    const [a, b] = ['a.yaml', 'b.yaml'].map((name) => relative(process.cwd(), path(name)))
    t.match(places, [`${a}:1:1:`, `${a}:2:1:`, `${b}:1:12:`])
  })

  t.test('that is mended is played, and nothing is wrong any more', async (t) => {
    const { send, write, ready } = await watching(t, { 's.yaml': scenario('s', 204) })
    t.same((await ready()).faults, [])
    await write('s.yaml', BROKEN, AS_BEFORE)
    t.not((await ready()).faults.length, 0)
    await write('s.yaml', scenario('s', 409))
    t.same((await ready()).faults, [])
    t.equal((await send(playing('s'))).status, 409)
  })

  t.test('that is deleted is no fault any more', async (t) => {
    const { write, remove, ready } = await watching(t)
    await write('s.yaml', BROKEN, AS_BEFORE)
    await remove('s.yaml')
    t.same((await ready()).faults, [])
  })

  t.test('keeps the sandbox ready', async (t) => {
    const { write, ready } = await watching(t)
    await write('s.yaml', BROKEN, AS_BEFORE)
    t.match(await ready(), { status: 'ready', apis: ['bank'] })
  })

  t.test('keeps others from being loaded until it is mended', async (t) => {
    const { send, write } = await watching(t, { 's.yaml': scenario('s', 204) })
    await write('broken.yaml', BROKEN, AS_BEFORE)
    await write('s.yaml', scenario('s', 409), AS_BEFORE)
    t.equal((await send(playing('s'))).status, 204)
    await write('broken.yaml', scenario('broken', 204))
    t.equal((await send(playing('s'))).status, 409)
  })

  t.test('that is a document leaves the last good one', async (t) => {
    const { send, write, ready } = await watching(t)
    await write('/specs/bank.yaml', 'openapi: 3.1.0\npaths: {}\n', AS_BEFORE)
    t.equal((await send()).status, 200)
    t.match((await ready()).faults.join('\n'), /bank\.yaml:2:1: the document has no operation$/m)
    await write('/specs/bank.yaml', BANK)
    t.same((await ready()).faults, [])
  })
})

t.test('what cannot be loaded without any line being wrong', async (t) => {
  t.test("the server's scenario stays when its file is deleted", async (t) => {
    const files = { 'down.yaml': scenario('down', 409) }
    const { send, remove, write, ready, lines } = await watching(t, files, { scenario: 'down' })
    await remove('down.yaml', AS_BEFORE)
    t.equal((await send()).status, 409)
    const gone = `the scenario "down" that the sandbox was started with is gone`
    t.same((await ready()).faults, [gone])
    t.same(lines.slice(-2), [gone, AS_BEFORE])
    await write('again.yaml', scenario('down', 204))
    t.equal((await send()).status, 204)
    t.same((await ready()).faults, [])
  })

  t.test('a default of a sandbox falls back to the one that needs no file', async (t) => {
    const { send, remove } = await watching(t, { 'default.yaml': scenario('default', 409) })
    await remove('default.yaml')
    t.equal((await send()).status, 200)
  })

  t.test('the last document stays when it is deleted', async (t) => {
    const { send, remove, ready } = await watching(t)
    await remove('/specs/bank.yaml', AS_BEFORE)
    t.equal((await send()).status, 200)
    t.match((await ready()).faults, [/^there is no OpenAPI document in \S+: \*\.yaml or \*\.json$/])
  })

  t.test('a folder that is deleted is told in one line', async (t) => {
    const { send, path, settled, ready } = await watching(t, { 's.yaml': scenario('s', 409) })
    await settled(() => rmSync(path('/scenarios'), { recursive: true }), AS_BEFORE)
    t.equal((await send(playing('s'))).status, 409)
    t.match((await ready()).faults, [/^cannot read \S+: no such file or folder$/])
  })
})

/** Real time that counts the quiet times begun: one for each change that was seen. */
function countingClock() {
  let changes = 0
  const sleep: typeof systemClock.sleep = (ms, signal) => {
    changes++
    return systemClock.sleep(ms, signal)
  }
  return { clock: { ...systemClock, sleep }, changes: () => changes }
}

t.test('a burst of changes is loaded once', async (t) => {
  const { clock, changes } = countingClock()
  const { path, count, send, write } = await watching(t, {}, { clock })
  for (let n = 0; n < 25; n++) writeFileSync(path(`s${n}.yaml`), scenario(`s${n}`, 409))
  await until(() => count(ANEW) > 0)
  t.ok(changes() >= 25, 'although all of them were seen')
  t.equal((await send(playing('s0'))).status, 409)
  t.equal((await send(playing('s24'))).status, 409)
  t.equal(count(ANEW), 1)
  await write('s0.yaml', scenario('s0', 204))
  t.equal(count(ANEW), 2)
})

t.test('what editors write beside a file is passed over', async (t) => {
  const { clock, changes } = countingClock()
  const { path, count, settled, ready } = await watching(t, {}, { clock })
  for (const name of ['.s.yaml.swp', '.s.yaml', 's.yaml~']) writeFileSync(path(name), BROKEN)
  // As Emacs locks a file: it leads nowhere.
  symlinkSync('me@here.1', path('.#s.yaml'))
  writeFileSync(path('/s.yaml'), scenario('s', 409))
  await settled(() => renameSync(path('/s.yaml'), path('s.yaml')), ANEW)
  t.equal(changes(), 1, 'what came after them is the only change')
  t.equal(count(AS_BEFORE), 0)
  t.match(await ready(), { scenarios: 2, faults: [] })
})

t.test('what was named is watched, though its own name is hidden', async (t) => {
  const folder = t.testdir({ '.specs': { '.bank.yaml': BANK }, '.mine': {} })
  const { logger, count } = logging()
  const spec = `${folder}/.specs/.bank.yaml`
  const scenarios = relative(process.cwd(), `${folder}/.mine`)
  await listening(t, { specs: [spec], watch: true, logger })
  for (const n of [1, 2]) {
    writeFileSync(`${spec}.new`, BANK)
    renameSync(`${spec}.new`, spec)
    await until(() => count(ANEW) === n)
  }
  mkdirSync(`${folder}/.mine/bank`)
  writeFileSync(`${folder}/bank.yaml`, BANK)
  const other = logging()
  await listening(t, {
    specs: [`${folder}/bank.yaml`],
    scenarios: [`${scenarios}/`],
    watch: true,
    logger: other.logger,
  })
  writeFileSync(`${folder}/.mine/bank/s.yaml`, scenario('s', 409))
  await until(() => other.count(ANEW) === 1)
  t.pass('all of them were seen')
})

t.test('a link that leads to itself does not end the sandbox', async (t) => {
  const { path, lines, send } = await watching(t)
  symlinkSync('loop', path('loop'))
  await until(() => lines.includes('a file is not watched'))
  t.equal((await send()).status, 200)
})

t.test('without --watch a change is not seen', async (t) => {
  const { clock, changes } = countingClock()
  const { path, send } = await watching(t, {}, { watch: false, clock })
  writeFileSync(path('s.yaml'), scenario('s', 409))
  t.equal((await send(playing('s'))).status, 400)
  t.equal(changes(), 0)
})

t.test('stopping', async (t) => {
  t.test('ends the watching', async (t) => {
    const { clock, changes } = countingClock()
    const { path, stop, count } = await watching(t, {}, { clock })
    await stop()
    const after = changes()
    writeFileSync(path('s.yaml'), scenario('s', 409))
    // Another sandbox sees what this one no longer does.
    const other = await watching(t)
    await other.write('s.yaml', scenario('s', 409))
    t.equal(changes(), after)
    t.equal(count(ANEW), 0)
  })

  t.test('right after a change loads nothing any more', async (t) => {
    const { clock, changes } = countingClock()
    const { path, stop, lines } = await watching(t, {}, { clock })
    writeFileSync(path('s.yaml'), scenario('s', 409))
    await until(() => changes() > 0)
    await stop()
    t.same(lines, [])
  })

  t.test('lets the process exit', async (t) => {
    const folder = t.testdir({ 'bank.yaml': BANK, scenarios: { bank: {} } })
    const program = `import { createSandbox } from 'sca-sandbox'
const { stop } = await createSandbox({
  specs: ['${folder}/bank.yaml'], scenarios: ['${folder}/scenarios'], watch: true,
})
await stop()
console.log('stopped')`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH },
    })
    t.teardown(() => child.kill())
    const late = setTimeout(() => child.kill('SIGKILL'), BOUND)
    const [chunk] = await once(child.stdout.setEncoding('utf8'), 'data')
    t.equal(chunk, 'stopped\n')
    t.same(await once(child, 'exit'), [0, null])
    clearTimeout(late)
  })
})

// Loading anew, without anybody watching

/** The parts of a sandbox of files, and what loading them anew needs. */
function loaded(t: Test, tree: object, options: SandboxOptions = {}) {
  const folder = t.testdir({ 'bank.yaml': BANK, scenarios: { bank: {} }, ...tree })
  const files: Files = { specs: [`${folder}/bank.yaml`], scenarios: [`${folder}/scenarios`] }
  const sandbox = makeParts(loadApis(files), options)
  const log = logging()
  const again = () => reload({ sandbox, files, clock: systemClock, logger: log.logger })
  return { folder, sandbox, again, ...log }
}

t.test('reload', async (t) => {
  t.test('takes the files as they are now', async (t) => {
    const { folder, sandbox, again, lines } = loaded(t, {})
    const before = sandbox.apis
    writeFileSync(`${folder}/scenarios/bank/s.yaml`, scenario('s', 204))
    t.equal(sandbox.apis.scenarioNames.has('s'), false)
    again()
    t.not(sandbox.apis, before)
    t.equal(sandbox.apis.scenarioNames.has('s'), true)
    t.same(lines, [ANEW])
  })

  t.test('keeps engine and counts where a file is broken', async (t) => {
    const { folder, sandbox, again, lines } = loaded(t, {})
    const before = sandbox.apis
    writeFileSync(`${folder}/scenarios/bank/s.yaml`, BROKEN)
    again()
    t.equal(sandbox.apis, before)
    t.match(sandbox.diagnostics, [{ file: /s\.yaml$/, line: 4, column: 1 }])
    t.match(lines, [/s\.yaml:4:1: /, AS_BEFORE])
  })

  t.test('tells nothing where nobody listens', async (t) => {
    const { folder, sandbox } = loaded(t, {})
    const files = { specs: [`${folder}/bank.yaml`], scenarios: [`${folder}/none`] }
    t.doesNotThrow(() => reload({ sandbox, files, clock: systemClock, logger: undefined }))
    t.match(sandbox.diagnostics, [{ message: /^cannot read .*none: no such file or folder$/ }])
  })

  t.test('forgets the counts of an operation that is gone', async (t) => {
    const { folder, sandbox, again } = loaded(t, {})
    const count = (id: string) => {
      const operation = sandbox.apis.byName.get('bank')?.contract.operations.get(id)
      sandbox.tally.add({
        operation,
        session: 'a',
        duration: 1,
        outcome: { scenario: 'default', status: 200, trace: [] },
      } as never)
    }
    for (const id of ['getCode', 'verifyCode']) count(id)
    const renamed = readFileSync(`${folder}/bank.yaml`, 'utf8').replace('verifyCode', 'checkCode')
    writeFileSync(`${folder}/bank.yaml`, renamed)
    again()
    const counted = [...sandbox.tally.answers()].map(({ operation }) => operation)
    t.same(
      counted.map((operation) => operation?.id),
      ['getCode'],
    )
    const now = sandbox.apis.byName.get('bank')?.contract.operations.get('getCode')
    t.equal(counted[0], now, 'which is the new one')
    t.same([...sandbox.tally.durations().keys()], [now])
  })

  t.test('keeps on when the scenario of the server is there under another file', async (t) => {
    const tree = { scenarios: { bank: { 'a.yaml': scenario('down', 409) } } }
    const { folder, sandbox, again } = loaded(t, tree, { scenario: 'down' })
    renameSync(`${folder}/scenarios/bank/a.yaml`, `${folder}/scenarios/bank/b.yaml`)
    again()
    t.same(sandbox.diagnostics, [])
    t.match(sandbox.apis.byName.get('bank')?.scenarioSet.scenarios.get('down')?.file, /b\.yaml$/)
  })
})

t.test('a file that a document refers to is watched, wherever it lies', async (t) => {
  const answer = { description: '', content: { 'application/json': { $ref: '../else/a.json' } } }
  const text = documentOf({ '/x': { get: { responses: { 200: answer } } } })
  const folder = t.testdir({ specs: { 'x.json': text }, else: { 'a.json': '{"example":1}' } })
  const { logger, count } = logging()
  const { url } = await listening(t, { specs: [`${folder}/specs`], watch: true, logger })
  const asked = async () => (await fetch(`${url}/x`)).text()
  t.equal(await asked(), '1')
  writeFileSync(`${folder}/else/a.json`, '{"example":2}')
  await until(() => count(ANEW) > 0, ANEW)
  t.equal(await asked(), '2')
})
