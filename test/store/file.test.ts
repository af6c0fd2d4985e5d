/** A sandbox whose sessions are in a file: what survives a restart, and what a start refuses. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { StartError, UsageError } from '../../src/errors.ts'
import type { SandboxOptions } from '../../src/index.ts'
import { makeFileStore } from '../../src/store/file.ts'
import { checkStoreUrl } from '../../src/store/open.ts'
import { BOUNDS, type Codec } from '../../src/store/store.ts'
import { TestClock } from '../fixtures/app.ts'
import {
  after,
  conflict,
  listening,
  overSockets,
  PlumeryUser,
  RIGHT,
  told,
  WeavrUser,
} from '../fixtures/calls.ts'
import { run, STACK } from '../fixtures/run.ts'
import { doing, done, ids, KEY, type TestStore } from '../fixtures/store-suite.ts'

const CODEC: Codec<readonly string[], string> = {
  record: { encode: (record) => record, decode: (json) => json as string[] },
  answer: { encode: (answer) => answer, decode: (json) => json as string },
}

/** Outlives the stores, which are closed when their tests end. */
const root = t.testdir()
let folders = 0

/** The path of a file in a folder of its own. */
function newFile(): string {
  const folder = `${root}/${++folders}`
  mkdirSync(folder)
  return `${folder}/state.json`
}

/** A store in a file, which is closed when the test ends. */
async function openFile(t: Test, file: string, more: object = {}): Promise<TestStore> {
  const store: TestStore = makeFileStore(`file:${file}`, {
    clock: new TestClock(),
    codec: CODEC,
    ...more,
  })
  t.teardown(() => store.close())
  await store.open()
  return store
}

/** Sleeps until the signal aborts. */
class PatientClock extends TestClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms)
    return new Promise((resolve) => {
      if (signal?.aborted) resolve()
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

t.test('a restart', async (t) => {
  async function restarting(t: Test) {
    const store = `file:${newFile()}`
    const clock = new TestClock()
    let sandbox = await listening(t, { store, clock })
    return {
      clock,
      user: () => new WeavrUser(overSockets(sandbox.url)),
      plumery: () => new PlumeryUser(overSockets(sandbox.url)),
      session: () => sandbox.client.session('default'),
      restart: async (options: SandboxOptions = {}) => {
        await sandbox.stop()
        sandbox = await listening(t, { store, clock, ...options })
      },
    }
  }

  t.test('keeps what subjects did, and which ids are theirs', async (t) => {
    const { user, plumery, restart } = await restarting(t)
    t.equal(told(await user().stepUp()), '204')
    t.equal(told(await plumery().initiate('c1')), '204')
    const { body } = await user().confirm(['1'])
    await restart()
    t.equal(told(await user().stepUp()), conflict('RETRY_IN_15SEC'))
    t.equal(told(await plumery().verify(RIGHT, 'c1')), '204')
    t.equal(told(await user().verifyConfirmation(body.scaChallengeId)), '204')
  })

  t.test('keeps the clock of a session, which goes on meanwhile', async (t) => {
    const { user, restart, clock, session } = await restarting(t)
    const now = async () => Date.parse((await session().read()).clock.now)
    await user().factors(after('1h'))
    const before = await now()
    await restart()
    clock.time += 5_000
    t.equal((await now()) - before, 5_000)
  })

  t.test('keeps the scenario of a session', async (t) => {
    const { user, restart, session } = await restarting(t)
    await session().play('service-unavailable')
    await restart()
    t.match(await session().read(), { scenario: 'service-unavailable' })
    t.equal((await user().stepUp()).status, 503)
  })

  t.test('keeps the response to an idempotency reference', async (t) => {
    const { user, restart } = await restarting(t)
    const reference = { 'idempotency-ref': 'r-1' }
    const first = await user().confirm(['1'], reference)
    await restart()
    const again = await user().confirm(['1'], reference)
    t.equal(told(again), told(first))
    t.equal(again.headers['x-sandbox-rule'], 'replay')
  })

  t.test('keeps nothing of a session that was deleted', async (t) => {
    const { user, restart, session } = await restarting(t)
    await user().stepUp()
    await session().reset()
    await restart()
    t.equal(told(await user().stepUp()), '204')
  })

  t.test('of the command in the docs keeps a challenge', async (t) => {
    const docs = readFileSync(new URL('../../docs/store.md', import.meta.url), 'utf8')
    const [, url = ''] = /^npm start -- --store (file:\S+)$/m.exec(docs) ?? []
    const args = ['--port', '0', '--store', url.replace('file:.', `file:${dirname(newFile())}`)]
    const codes: string[] = []
    const stepUp = async (at: string) => {
      codes.push(told(await new WeavrUser(overSockets(at)).stepUp()))
    }
    for (const _ of [1, 2]) t.match(await run(args, {}, stepUp), { code: 0, error: '' })
    t.same(codes, ['204', conflict('RETRY_IN_15SEC')])
  })
})

t.test('a path', async (t) => {
  t.test('may be relative, absolute or a file URL', async (t) => {
    const file = newFile()
    for (const [index, url] of [
      `file:${relative(process.cwd(), file)}`,
      `file:${file}`,
      pathToFileURL(file).href,
    ].entries()) {
      t.doesNotThrow(() => checkStoreUrl(url, 'store'))
      const store: TestStore = makeFileStore(url, { clock: new TestClock(), codec: CODEC })
      await store.open()
      t.equal((await done(store)).length, index)
      await store.update(KEY, doing('sent'))
      await store.close()
    }
  })

  for (const url of ['file:', 'file://host/state.json']) {
    t.test(`cannot be that of ${url}`, async (t) => {
      t.throws(() => checkStoreUrl(url, '--store'), {
        constructor: UsageError,
        message: /^--store: .* is not a known store; use .*file:\.\/sandbox-state\.json/,
      })
    })
  }
})

t.test('a write', async (t) => {
  t.test('is due a moment after a change, and is one for all changes meanwhile', async (t) => {
    const file = newFile()
    const clock = new PatientClock()
    const store = await openFile(t, file, { clock })
    for (let n = 0; n < 100; n++) await store.update(KEY, doing(`${n}`))
    t.same(clock.slept, [100])
    t.notOk(existsSync(file), 'nothing is written before')
    await store.close()
    t.equal((await done(await openFile(t, file))).length, 100, 'closing writes at once')
  })

  t.test('that took long is followed by a longer pause', async (t) => {
    const clock = new TestClock()
    const slow: Codec<readonly string[], string> = {
      ...CODEC,
      record: {
        ...CODEC.record,
        encode: (record) => {
          clock.time += 50
          return record
        },
      },
    }
    const store = await openFile(t, newFile(), { clock, codec: slow })
    await store.update(KEY, doing('sent'))
    while (clock.time === new TestClock().time) await new Promise(setImmediate)
    await store.update(KEY, doing('sent'))
    await store.close()
    t.same(clock.slept, [100, 500])
  })

  t.test('leaves one complete file that only its owner can read', async (t) => {
    const file = newFile()
    const store = await openFile(t, file)
    await store.update(KEY, doing('sent'))
    await store.close()
    t.same(readdirSync(dirname(file)), ['state.json'])
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.equal(readFileSync(file, 'utf8').split('\n').length, 4, 'one line a session')
  })

  t.test('replaces what a crash has left half written', async (t) => {
    const file = newFile()
    writeFileSync(`${file}.tmp`, '{"format"')
    const store = await openFile(t, file)
    await store.update(KEY, doing('sent'))
    await store.close()
    t.same(await done(await openFile(t, file)), ['sent'])
    t.notOk(existsSync(`${file}.tmp`))
  })

  t.test('that fails leaves the old file, and is reported until it succeeds', async (t) => {
    const file = newFile()
    const lines: string[] = []
    const log = (line: string) => lines.push(JSON.parse(line).msg)
    const logger = pino({}, { write: log })
    const store = await openFile(t, file, { logger })
    const written = async (wanted: number) => {
      while (lines.length < wanted) await new Promise(setImmediate)
    }
    await store.update(KEY, doing('sent'))
    while (!existsSync(file)) await new Promise(setImmediate)
    const before = readFileSync(file, 'utf8')
    mkdirSync(`${file}.tmp`)
    await store.update(KEY, doing('verified'))
    await written(1)
    t.equal(readFileSync(file, 'utf8'), before)
    await t.rejects(store.check(), {
      code: 'store-unavailable',
      message: `the store file:${file}: cannot write ${file}: it is a folder; changes are not saved`,
    })
    t.same(await done(store), ['sent', 'verified'], 'requests go on')
    rmSync(`${file}.tmp`, { recursive: true })
    await store.session('s')
    await written(2)
    await t.resolves(store.check())
    t.same(lines, [
      `cannot write ${file}: it is a folder; changes are not saved`,
      `${file} can be written again`,
    ])
  })

  t.test('that fails when the store is closed is an error', async (t) => {
    const file = newFile()
    const store = await openFile(t, file)
    mkdirSync(`${file}.tmp`)
    await store.update(KEY, doing('sent'))
    await t.rejects(store.close(), {
      constructor: StartError,
      message: `cannot write ${file}: it is a folder; the last changes are lost`,
    })
    await t.resolves(store.close(), 'but only once')
  })

  t.test('keeps sessions in the order of their use', async (t) => {
    const file = newFile()
    const store = await openFile(t, file)
    for (const id of ['a', 'b', 'c', 'a']) await store.session(id)
    await store.close()
    t.same(await ids(await openFile(t, file)), ['b', 'c', 'a'])
  })
})

t.test('bounds', async (t) => {
  t.test('of a session that was not used for too long count over a restart', async (t) => {
    const file = newFile()
    const clock = new TestClock()
    const first = await openFile(t, file, { clock })
    await first.session('old')
    clock.time += BOUNDS.idle - 1
    await first.session('new')
    await first.close()
    clock.time += 1
    t.same(await ids(await openFile(t, file, { clock })), ['new'])
  })

  t.test('hold for a file that has more', async (t) => {
    const file = newFile()
    const first = await openFile(t, file)
    for (const id of ['a', 'b', 'c']) await first.update({ ...KEY, session: id }, doing('sent'))
    await first.close()
    const evicted: string[] = []
    const onEvict = (kind: string, id: string) => evicted.push(`${kind} ${id}`)
    const second = await openFile(t, file, { bounds: { sessions: 2 }, onEvict })
    t.same(await ids(second), ['b', 'c'])
    t.same(evicted, ['session a'])
  })
})

// What a start refuses

const GOOD = {
  id: 's',
  usedAt: 1,
  record: { clock: { offset: 0, frozenAt: null }, scenario: null },
  subjects: [{ api: 'bank', subject: 'ann', record: [] }],
  owners: [{ api: 'bank', id: '1', subject: 'ann' }],
  kept: [{ reference: 'r', value: 'first', until: 1 }],
}
const FIELD = 'a field of the session is missing or has a wrong type'
const EMPTY = 'delete the file to start without sessions, or choose another file with --store'
const FOREIGN = 'was not written by this version of sca-sandbox; choose another file with --store'

const written = (...sessions: readonly unknown[]) =>
  JSON.stringify({ format: 'sca-sandbox sessions 1', sessions })

const BROKEN: readonly [what: string, text: string, message: string][] = [
  ['cut off', '{"format":"sca-sandbox sessions 1","sess', ` is not valid JSON; ${EMPTY}`],
  ['empty', '', ` is not valid JSON; ${EMPTY}`],
  ['a package.json', '{"name":"app"}', ` ${FOREIGN}`],
  ['a list', '[]', ` ${FOREIGN}`],
  ['null', 'null', ` ${FOREIGN}`],
  ['of another version', '{"format":"sca-sandbox sessions 2","sessions":[]}', ` ${FOREIGN}`],
  ['without sessions', '{"format":"sca-sandbox sessions 1"}', ` ${FOREIGN}`],
  ['with a session that is a string', written(GOOD, 's'), `:3: ${FIELD}; ${EMPTY}`],
  ...Object.keys(GOOD).map((field): [string, string, string] => [
    `with a session without ${field}`,
    written({ ...GOOD, [field]: undefined }),
    `:2: ${FIELD}; ${EMPTY}`,
  ]),
  ...Object.entries({
    record: { clock: { offset: 'x', frozenAt: null }, scenario: null },
    subjects: [{ api: 'bank', record: {} }],
    owners: [{ api: 'bank', id: 1, subject: 'ann' }],
    kept: [{ reference: 'r', value: 'first' }],
  }).map(([field, value]): [string, string, string] => [
    `with a wrong ${field}`,
    written(GOOD, { ...GOOD, [field]: value }),
    `:3: ${FIELD}; ${EMPTY}`,
  ]),
]

for (const [what, text, message] of BROKEN) {
  t.test(`a file that is ${what} is refused and stays as it is`, async (t) => {
    const file = newFile()
    writeFileSync(file, text)
    const store = makeFileStore(`file:${file}`, { clock: new TestClock(), codec: CODEC })
    await t.rejects(store.open(), {
      constructor: UsageError,
      message: `cannot use the store file:${file}: ${file}${message}`,
    })
    t.equal(readFileSync(file, 'utf8'), text)
    t.same(readdirSync(dirname(file)), ['state.json'], 'no lock stays')
  })
}

t.test('a record that cannot be decoded is refused with its line', async (t) => {
  const file = newFile()
  writeFileSync(file, written({ ...GOOD, subjects: [] }, GOOD))
  const decode = () => {
    throw new Error('no such mark')
  }
  const codec = { ...CODEC, record: { ...CODEC.record, decode } }
  const store = makeFileStore(`file:${file}`, { clock: new TestClock(), codec })
  await t.rejects(store.open(), {
    constructor: UsageError,
    message: `cannot use the store file:${file}: ${file}:3: no such mark; ${EMPTY}`,
  })
})

t.test('a start with a broken file is one line, with code 2', async (t) => {
  const file = newFile()
  writeFileSync(file, '{"name":"app"}')
  const { code, out, error } = await run(['--port', '0', '--store', `file:${file}`])
  t.same([code, out], [2, ''])
  t.equal(error, `sca-sandbox: cannot use the store file:${file}: ${file} ${FOREIGN}`)
  t.notMatch(error, STACK)
})

for (const [what, path, reason] of [
  ['a folder', '', /cannot read .*: it is a folder/],
  ['in no folder', '/no/state.json', /cannot write .*state\.json\.lock: no such file or folder/],
] as const) {
  t.test(`a file that is ${what} is refused`, async (t) => {
    const url = `file:${dirname(newFile())}${path}`
    const store = makeFileStore(url, { clock: new TestClock(), codec: CODEC })
    await t.rejects(store.open(), { constructor: UsageError, message: reason })
  })
}

// Two sandboxes

t.test('a file that another sandbox has is refused until that has stopped', async (t) => {
  const file = newFile()
  const first = await openFile(t, file)
  const second = makeFileStore(`file:${file}`, { clock: new TestClock(), codec: CODEC })
  const lock = `delete ${file}.lock if it is not a sandbox`
  await t.rejects(second.open(), {
    constructor: UsageError,
    message: `cannot use the store file:${file}: process ${process.pid} of ${hostname()} uses ${file}; stop it, or ${lock}, or choose another file with --store`,
  })
  t.ok(existsSync(`${file}.lock`), 'the lock stays')
  await first.close()
  await t.resolves(openFile(t, file))
})

t.test('the lock of another process', async (t) => {
  const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(sleeper, 'spawn')
  const lockOf = (id: string) => {
    const file = newFile()
    writeFileSync(`${file}.lock`, id)
    return file
  }

  t.test('holds while it runs', async (t) => {
    await t.rejects(openFile(t, lockOf(`${sleeper.pid} ${hostname()} 1`)), {
      message: new RegExp(`process ${sleeper.pid} of ${hostname()} uses`),
    })
  })

  t.test('is taken over when it has ended', async (t) => {
    sleeper.kill('SIGKILL')
    await once(sleeper, 'exit')
    await t.resolves(openFile(t, lockOf(`${sleeper.pid} ${hostname()} 1`)))
  })

  t.test('holds if it is on another machine', async (t) => {
    await t.rejects(openFile(t, lockOf(`${sleeper.pid} elsewhere 1`)), {
      message: /process \d+ of elsewhere uses/,
    })
  })

  for (const [what, id] of [
    ['had this id before', `${process.pid} ${hostname()} 1`],
    ['wrote nothing', ''],
    ['wrote something else', 'x'],
    ['is a group', `-1 ${hostname()} 1`],
  ] as const) {
    t.test(`is taken over when it ${what}`, async (t) => {
      await t.resolves(openFile(t, lockOf(id)))
    })
  }
})
