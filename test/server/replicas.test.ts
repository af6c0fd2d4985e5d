/** Sandboxes that share a Redis: what one does the other knows, and what they do without it. */
import { spawnSync } from 'node:child_process'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { Outcome } from '../../src/exchange/exchange.ts'
import type { SandboxOptions } from '../../src/index.ts'
import type { SubjectRecord } from '../../src/scenario/model.ts'
import { CODEC } from '../../src/server/start.ts'
import { loadStore, storeForms } from '../../src/store/open.ts'
import { TestClock } from '../fixtures/app.ts'
import { ROOT } from '../fixtures/built.ts'
import {
  after,
  conflict,
  listening,
  overSockets,
  PlumeryUser,
  RIGHT,
  told,
  WeavrUser,
  WRONG,
} from '../fixtures/calls.ts'
import { freePort, NO_REDIS, startRedis } from '../fixtures/redis.ts'
import { run, STACK } from '../fixtures/run.ts'

/** How often each answer came. */
function counted(answers: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1
  return counts
}

/** Lines of a log as they come, and promises of those that will. */
function logging() {
  const lines: string[] = []
  let heard = () => {}
  const write = (chunk: Buffer, _: string, done: () => void) => {
    lines.push(JSON.parse(chunk.toString()).msg)
    heard()
    done()
  }
  const logged = async (pattern: RegExp) => {
    while (!lines.some((line) => pattern.test(line))) {
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    }
  }
  return { logger: pino({}, new Writable({ write })), lines, logged }
}

t.test('sandboxes that share a Redis', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)

  async function replicas(t: Test, options: SandboxOptions = {}) {
    const clock = new TestClock()
    const store = redis.next()
    const [a, b] = [
      await listening(t, { clock, store, ...options }),
      await listening(t, { clock, store, ...options }),
    ]
    return { a, b, clock, asked: { a: overSockets(a.url), b: overSockets(b.url) } }
  }

  t.test("see each other's challenges", async (t) => {
    const { asked } = await replicas(t)
    t.equal(told(await new PlumeryUser(asked.a).initiate('c1')), '204')
    t.equal((await new PlumeryUser(asked.b).verify(WRONG, 'c1')).status >= 400, true)
    t.equal((await new PlumeryUser(asked.b).verify(RIGHT, 'c1')).status, 204)
    const { body } = await new WeavrUser(asked.a).confirm(['1'])
    t.equal(
      told(await new WeavrUser(asked.b).verifyConfirmation(body.scaChallengeId)),
      '204',
      'whose id leads to its owner',
    )
  })

  t.test('share clocks, scenarios and the times that states hold', async (t) => {
    const { a, b, asked } = await replicas(t)
    t.equal(told(await new WeavrUser(asked.a).stepUp()), '204')
    t.equal(told(await new WeavrUser(asked.b).stepUp()), conflict('RETRY_IN_15SEC'))
    t.equal(told(await new WeavrUser(asked.a).stepUp(after('15s'))), '204')
    await a.client.session('default').play('service-unavailable')
    t.equal((await new WeavrUser(asked.b).stepUp()).status, 503)
    t.match(await b.client.session('default').read(), { scenario: 'service-unavailable' })
  })

  t.test('give the same answer to the same reference', async (t) => {
    const { asked } = await replicas(t)
    const reference = { 'idempotency-ref': 'r-1' }
    const first = await new WeavrUser(asked.a).confirm(['1'], reference)
    const again = await new WeavrUser(asked.b).confirm(['1'], reference)
    t.equal(told(again), told(first))
    t.equal(again.headers['x-sandbox-rule'], 'replay')
  })

  t.test('take a snapshot here and put it back there', async (t) => {
    const { a, b, asked } = await replicas(t)
    await new WeavrUser(asked.a).stepUp()
    const snapshot = await a.client.session('default').snapshot()
    await b.client.session('copy').restore(snapshot)
    t.same((await a.client.session('copy').snapshot()).subjects, snapshot.subjects)
    const user = new WeavrUser(asked.a, { 'x-sandbox-session': 'copy' })
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
  })

  t.test('have one winner of fifty who try the last code at once', async (t) => {
    const { asked } = await replicas(t)
    const user = new WeavrUser(asked.a)
    await user.stepUp()
    for (const _ of [1, 2, 3, 4]) await user.verify(WRONG)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => new WeavrUser(n % 2 ? asked.a : asked.b).verify()),
    )
    t.same(counted(answers.map(told)), { 204: 1, [conflict('ALREADY_VERIFIED')]: 49 })
  })

  t.test('count exactly five of twenty wrong codes', async (t) => {
    const { asked } = await replicas(t)
    await new WeavrUser(asked.a).stepUp()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => new WeavrUser(n % 2 ? asked.a : asked.b).verify(WRONG)),
    )
    t.same(counted(answers.map(told)), {
      [conflict('VERIFICATION_CODE_INVALID')]: 3,
      [conflict('ONE_CHALLENGE_LIMIT_REMAINING')]: 1,
      [conflict('CHALLENGE_LIMIT_EXCEEDED')]: 1,
      [conflict('STATE_INVALID')]: 15,
    })
  })

  t.test('have a journal, messages and bindings each', async (t) => {
    const { a, b, asked } = await replicas(t)
    await new WeavrUser(asked.a).stepUp()
    t.equal(a.requests().length, 1)
    t.equal(b.requests().length, 0)
    const messages = (at: typeof a) => at.client.session('default').messages()
    t.equal((await messages(a)).length, 1)
    t.same(await messages(b), [])
  })

  t.test('count sessions, the time of the store, and what went', async (t) => {
    const { asked } = await replicas(t)
    await new WeavrUser(asked.a).stepUp()
    for (const each of [asked.a, asked.b]) {
      t.match((await each.ask('GET', '/__admin/metrics')).text, /^sandbox_sessions 1$/m)
    }
    const { text } = await asked.a.ask('GET', '/__admin/metrics')
    t.match(text, /^sandbox_store_duration_seconds_count\{method="update"\} 1$/m)
    t.match(text, /^sandbox_evictions_total\{kind="session"\} 0$/m)
  })

  t.test('keep times, maps and keys of clients as they were', async (t) => {
    const clock = new TestClock()
    const opened = async () => {
      const make = await loadStore(redis.url)
      const store = make<SubjectRecord, Outcome>({ clock, codec: CODEC })
      t.teardown(() => store.close())
      await store.open()
      return store
    }
    const key = { session: 's', api: 'bank', subject: 'ann' }
    const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`)
    const inner = JSON.parse('{"__proto__":{"x":1},"$map":[1]}')
    const state = {
      at: new Date(clock.time),
      tries: new Map<string, unknown>([
        ['__proto__', { left: 5, until: new Date(0) }],
        ['b', new Map([['c', null]])],
      ]),
      inner,
      deep,
      list: [1.5, 'é\u0000\u2028', true, null, new Date(1)],
    }
    const record = { state, calls: { default: { send: 1 } }, used: { k: 2 }, given: ['x'] }
    await (await opened()).update(key, () => ({ record, ids: [] }))
    const store = await opened()
    await store.update(key, (found) => {
      t.strictSame(found, record)
      t.ok(found?.state.at instanceof Date)
      t.ok(found?.state.tries instanceof Map)
      return { record, ids: [] }
    })
  })

  t.test('answer 503 while it is away, and go on when it is back', async (t) => {
    const own = await startRedis(t)
    const log = logging()
    const sandbox = await listening(t, { store: own.url, logger: log.logger })
    const asked = overSockets(sandbox.url)
    const user = new WeavrUser(asked)
    t.equal(told(await user.stepUp()), '204')
    await own.stop()
    await log.logged(/is gone:/)

    const refused = await user.stepUp()
    t.equal(refused.status, 503)
    t.equal(refused.headers['content-type'], 'application/problem+json')
    t.equal(refused.headers['retry-after'], '1')
    t.match(refused.body, {
      code: 'store-unavailable',
      detail:
        /^the store redis:\/\/127\.0\.0\.1:\d+\/0: .*; make sure that it runs and accepts writes; /,
    })
    for (const path of ['/ready', '/sessions', '/sessions/default', '/ready?again']) {
      const { status, headers, body } = await asked.ask('GET', `/__admin${path}`)
      t.match([status, headers['retry-after'], body.code], [503, '1', 'store-unavailable'], path)
    }
    t.equal((await asked.ask('GET', '/__admin/health')).status, 200)
    const metrics = await asked.ask('GET', '/__admin/metrics')
    t.equal(metrics.status, 200)
    t.notMatch(metrics.text, /^sandbox_sessions /m)
    const documented = await user.call('GET', '/authentication_factors', undefined, {
      prefer: 'code=200',
    })
    t.equal(documented.status, 503, 'a documented answer needs its session, too')

    await own.start()
    await log.logged(/\d is back$/)
    t.equal((await asked.ask('GET', '/__admin/ready')).status, 200)
    t.equal(told(await user.stepUp()), '204', 'what was in it is gone')
    const ours = log.lines.filter((line) => /^the store/.test(line))
    t.same(
      ours.map((line) => line.replace(/:\d+\/0/, '')),
      [
        'the store redis://127.0.0.1 is gone: the connection was closed; requests are answered 503 until it is back',
        'the store redis://127.0.0.1 is back',
      ],
    )
  })

  t.test('stop at once while it is away', async (t) => {
    const own = await startRedis(t)
    const log = logging()
    const sandbox = await listening(t, { store: own.url, logger: log.logger })
    await own.stop()
    await log.logged(/is gone:/)
    await t.resolves(sandbox.stop())
  })

  t.test('are started by flag, by environment and by file, and leave what they have', async (t) => {
    const url = redis.next()
    const file = `${t.testdir({ 'sandbox.yaml': `store: ${url}\n` })}/sandbox.yaml`
    const codes: string[] = []
    const stepUp = async (at: string) => {
      codes.push(told(await new WeavrUser(overSockets(at)).stepUp()))
    }
    for (const [args, environment] of [
      [['--store', url], {}],
      [[], { SANDBOX_STORE: url }],
      [['--config', file], {}],
    ] as const) {
      t.match(await run(['--port', '0', ...args], environment, stepUp), { code: 0, error: '' })
    }
    t.same(codes, ['204', conflict('RETRY_IN_15SEC'), conflict('RETRY_IN_15SEC')])
  })

  t.test('that cannot start let go of it', async (t) => {
    const { a } = await replicas(t)
    const raw = await import('ioredis').then(({ Redis }) => new Redis(redis.port))
    t.teardown(() => raw.disconnect())
    const clients = async () =>
      String(await raw.client('LIST')).match(/name=sca-sandbox/g)?.length ?? 0
    const before = await clients()
    const ran = await run(['--port', String(a.port), '--store', redis.next()])
    t.match(ran, { code: 1, error: /already in use/ })
    t.equal(await clients(), before)
    t.match(await run(['--store', redis.next(), '--scenario', 'none']), { code: 2 })
    t.equal(await clients(), before)
  })
})

t.test('a start without its store is one line that says what to do', async (t) => {
  const port = await freePort()
  for (const login of ['', 'ann:s3cret@', ':s3cret@']) {
    const url = `redis://${login}127.0.0.1:${port}`
    const { code, out, error } = await run(['--port', '0', '--store', url])
    t.equal(code, 2)
    t.equal(out, '')
    const shown = `redis://${login.replace('s3cret', '***')}127.0.0.1:${port}/0`
    const remedy = 'start Redis there, or choose another store with --store'
    t.equal(error, `sca-sandbox: cannot use the store ${shown}: nothing listens there; ${remedy}`)
    t.notMatch(error, STACK)
  }
})

t.test('a store that is not known is told before anything is loaded', async (t) => {
  const message = `"mongodb:" is not a known store; use ${storeForms()}`
  t.same(await run(['--store', 'mongodb://db']), {
    code: 2,
    out: '',
    error: `sca-sandbox: --store: ${message}`,
  })
  await t.rejects(listening(t, { store: 'mongodb://db' }), {
    message: `store: ${message}`,
  })
})

t.test('a start loads the library of Redis only where it is needed', async (t) => {
  const script = `
    import { createRequire } from 'node:module'
    import { createSandbox } from 'sca-sandbox'
    const store = process.argv[1]
    await createSandbox({ store }).then(({ stop }) => stop(), () => undefined)
    const { cache } = createRequire(import.meta.url)
    console.log(Object.keys(cache).some((path) => path.includes('ioredis')))`
  const loads = (store: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script, store], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    })
  t.match(loads('memory:'), { stdout: 'false\n', stderr: '' })
  t.match(loads(`redis://127.0.0.1:${await freePort()}`), { stdout: 'true\n', stderr: '' })
})
