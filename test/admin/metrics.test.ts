import t, { type Test } from 'tap'
import { readOptions } from '../../src/config/read.ts'
import type { SandboxOptions } from '../../src/index.ts'
import { type StartedSandbox, start } from '../../src/server/start.ts'
import { inSession } from '../fixtures/admin-requests.ts'
import { makeApp, START, TestClock } from '../fixtures/app.ts'
import { overSockets, PlumeryUser, playing, WeavrUser } from '../fixtures/calls.ts'
import { BANK } from '../fixtures/files.ts'

const METRICS = '/__admin/metrics'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface Family {
  help: string | undefined
  type: string | undefined
  readonly samples: Sample[]
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y
const VALUE = /^(?:[+-]Inf|NaN|[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped']

/** Reads the text format of Prometheus. @throws Error where it is not that */
function parsed(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family>()
  const family = (name: string): Family => {
    const known = families.get(name) ?? { help: undefined, type: undefined, samples: [] }
    families.set(name, known)
    return known
  }
  for (const line of text.split('\n')) {
    const [, kind, of = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === 'HELP') once(family(of), 'help', rest, line)
    else if (kind === 'TYPE') once(family(of), 'type', rest, line)
    else if (line !== '' && !line.startsWith('#')) {
      const sample = sampleIn(line)
      family(familyOf(sample.name, families)).samples.push(sample)
    }
  }
  return families
}

function once(family: Family, what: 'help' | 'type', text: string, line: string): void {
  if (family[what] !== undefined || family.samples.length > 0) throw new Error(`too late: ${line}`)
  family[what] = text
}

function sampleIn(line: string): Sample {
  const [, name = '', inner = '', value = ''] = SAMPLE.exec(line) ?? []
  if (name === '' || !VALUE.test(value)) throw new Error(`not a sample: ${line}`)
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < inner.length) {
    const [, label = '', text = ''] = LABEL.exec(inner) ?? []
    if (label === '' || label in labels) throw new Error(`not labels: ${line}`)
    labels[label] = text
  }
  return { name, labels, value: Number(value.replace(/inf/i, 'Infinity')) }
}

/** A histogram's samples have names of their own. */
function familyOf(name: string, families: ReadonlyMap<string, Family>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  const type = families.get(base)?.type
  return type === 'histogram' || type === 'summary' ? base : name
}

const keyOf = ({ name, labels }: Sample, without?: string) =>
  JSON.stringify([
    name,
    ...Object.entries(labels)
      .filter(([label]) => label !== without)
      .toSorted(),
  ])

/** What of it Prometheus would refuse, or misunderstand. */
function faultsOf(families: ReadonlyMap<string, Family>): string[] {
  const faults: string[] = []
  for (const [name, { help, type = '', samples }] of families) {
    if (!help) faults.push(`${name} has no HELP`)
    if (!TYPES.includes(type)) faults.push(`${name} has no TYPE`)
    if (type === 'counter' && !name.endsWith('_total'))
      faults.push(`${name} is no name of a counter`)
    const keys = samples.map((sample) => keyOf(sample))
    const twice = keys.filter((key, index) => keys.indexOf(key) !== index)
    for (const key of twice) faults.push(`${key} is there twice`)
    const falling = samples.filter(({ value }) => type === 'counter' && !(value >= 0))
    for (const sample of falling) faults.push(`${keyOf(sample)} is below zero`)
    if (type === 'histogram') faults.push(...faultsOfHistogram(name, samples))
  }
  return faults
}

function faultsOfHistogram(name: string, samples: readonly Sample[]): string[] {
  const faults: string[] = []
  const found = (suffix: string) => samples.filter((each) => each.name === `${name}_${suffix}`)
  const series = new Set(found('bucket').map(({ labels }) => withoutLe(labels)))
  for (const labels of series) {
    const buckets = found('bucket').filter((each) => withoutLe(each.labels) === labels)
    const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('Inf', 'Infinity')))
    const values = buckets.map(({ value }) => value)
    if (!rising(bounds) || new Set(bounds).size < bounds.length) faults.push(`${labels}: bounds`)
    if (!rising(values)) faults.push(`${labels}: buckets do not rise`)
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) faults.push(`${labels}: no +Inf`)
    const of = (suffix: string) => found(suffix).filter((each) => withoutLe(each.labels) === labels)
    const [count, ...others] = of('count')
    if (count?.value !== values.at(-1) || others.length > 0) faults.push(`${labels}: count`)
    if (of('sum').length !== 1) faults.push(`${labels}: sum`)
  }
  if (found('count').length !== series.size) faults.push(`${name}: counts without buckets`)
  return faults
}

const withoutLe = (labels: Sample['labels']) =>
  JSON.stringify(Object.entries(labels).filter(([label]) => label !== 'le'))

const rising = (values: readonly number[]) =>
  values.every((value, index) => index === 0 || value >= (values[index - 1] as number))

type Asked = Pick<Awaited<ReturnType<typeof makeApp>>, 'ask'>

/** A scrape that is read, once it has been found to be sound. */
async function scraped(app: Asked): Promise<Map<string, Family>> {
  const { status, text } = await app.ask('GET', METRICS)
  if (status !== 200) throw new Error(`status ${status}`)
  const families = parsed(text)
  const faults = faultsOf(families)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return families
}

/** The values of a metric, by its labels: `weavr-multi stepupSCAChallenge 204 default`. */
function valuesOf(families: ReadonlyMap<string, Family>, name: string): Record<string, number> {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''))
  const samples = family?.samples.filter((sample) => sample.name === name) ?? []
  return Object.fromEntries(
    samples.map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  )
}

const REQUESTS = 'sandbox_requests_total'

/** A sandbox that listens, whose parts a test can use. */
async function running(t: Test, options: SandboxOptions = {}): Promise<Asked & StartedSandbox> {
  const sandbox = await start(readOptions({ specs: bankIn(t), clock: new TestClock(), ...options }))
  t.teardown(() => sandbox.stop())
  return { ...sandbox, ...overSockets(sandbox.url) }
}

const bankIn = (t: Test) => [`${t.testdir({ 'bank.yaml': BANK })}/bank.yaml`]

t.test('the checker', async (t) => {
  const HEAD = '# HELP a b\n# TYPE a histogram\n'
  const FULL = 'a_sum 1\na_count 2\n'
  for (const [what, text] of [
    ['a sample without HELP and TYPE', 'a 1\n'],
    ['a sample that is there twice', '# HELP a b\n# TYPE a gauge\na{b="c"} 1\na{b="c"} 2\n'],
    ['a counter below zero', '# HELP a_total b\n# TYPE a_total counter\na_total -1\n'],
    ['a counter with a name of another kind', '# HELP a b\n# TYPE a counter\na 1\n'],
    ['buckets that fall', `${HEAD}a_bucket{le="1"} 3\na_bucket{le="+Inf"} 2\n${FULL}`],
    ['bounds that fall', `${HEAD}a_bucket{le="2"} 1\na_bucket{le="1"} 2\n${FULL}`],
    ['a histogram without +Inf', `${HEAD}a_bucket{le="1"} 2\n${FULL}`],
    ['a count that is not that of +Inf', `${HEAD}a_bucket{le="+Inf"} 1\n${FULL}`],
    ['a histogram without a sum', `${HEAD}a_bucket{le="+Inf"} 2\na_count 2\n`],
  ] as const) {
    t.test(`finds ${what}`, async (t) => {
      t.not(faultsOf(parsed(text)).length, 0)
    })
  }

  for (const text of [
    'a 1',
    'a one\n',
    'a{b=c} 1\n',
    'a{b="c} 1\n',
    '1a 1\n',
    'a{b="1",b="2"} 1\n',
  ]) {
    t.test(`does not read ${JSON.stringify(text)}`, async (t) => {
      t.throws(() => parsed(text))
    })
  }

  t.test('finds nothing where all is well', async (t) => {
    t.same(faultsOf(parsed(`${HEAD}a_bucket{le="1"} 1\na_bucket{le="+Inf"} 2\n${FULL}`)), [])
  })
})

t.test('metrics are text in the format of Prometheus, before the first request, too', async (t) => {
  const app = await makeApp(t)
  const { headers } = await app.ask('GET', METRICS)
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const families = await scraped(app)
  t.same(
    [...families].flatMap(([name, { type }]) =>
      /^sandbox_/.test(name) ? [`${name} ${type}`] : [],
    ),
    [
      'sandbox_requests_total counter',
      'sandbox_request_duration_seconds histogram',
      'sandbox_store_duration_seconds histogram',
      'sandbox_sessions gauge',
      'sandbox_journal_entries gauge',
      'sandbox_bindings gauge',
      'sandbox_evictions_total counter',
    ],
  )
  t.same(valuesOf(families, REQUESTS), {})
})

t.test('requests are counted by API, operation, status and scenario', async (t) => {
  const app = await makeApp(t)
  const users = ['a', 'b'].map((id) => new WeavrUser(app, inSession(id)))
  for (const user of users) await user.stepUp()
  await users[0]?.stepUp()
  await users[0]?.stepUp(playing('service-unavailable'))
  await new PlumeryUser(app).initiate()
  t.same(valuesOf(await scraped(app), REQUESTS), {
    'weavr-multi stepupSCAChallenge 204 default': 2,
    'weavr-multi stepupSCAChallenge 409 default': 1,
    'weavr-multi stepupSCAChallenge 503 service-unavailable': 1,
    'plumery-mfa initiateSms 204 default': 1,
  })
})

t.test('labels have the names that are documented', async (t) => {
  const app = await makeApp(t)
  await new WeavrUser(app).stepUp()
  const families = await scraped(app)
  const labels = (name: string) => Object.keys(families.get(name)?.samples[0]?.labels ?? {})
  t.same(labels(REQUESTS), ['api', 'operation', 'status', 'scenario'])
  t.same(labels('sandbox_request_duration_seconds').toSorted(), ['api', 'le', 'operation'])
  t.same(labels('sandbox_store_duration_seconds').toSorted(), ['le', 'method'])
  t.same(labels('sandbox_evictions_total'), ['kind'])
})

t.test('error codes of one status are counted together', async (t) => {
  const app = await makeApp(t)
  for (const example of ['MOBILE_NUMBER_INVALID', 'CHANNEL_NOT_SUPPORTED']) {
    await new WeavrUser(app, { prefer: `code=409, example=${example}` }).stepUp()
  }
  t.same(Object.values(valuesOf(await scraped(app), REQUESTS)), [2])
})

t.test('requests that no operation takes are counted, too', async (t) => {
  const app = await makeApp(t)
  await app.ask('GET', '/nowhere')
  await app.ask('GET', '/multi/stepup/challenges/otp/SMS')
  await app.ask('GET', '/nowhere', { headers: playing('no-such') })
  const families = await scraped(app)
  t.same(valuesOf(families, REQUESTS), { '  404 default': 1, '  405 default': 1, '  400 none': 1 })
  t.equal(valuesOf(families, 'sandbox_request_duration_seconds_count')[' '], 3)
})

t.test('a broken connection has the status 0', async (t) => {
  const sandbox = await running(t, { specs: [] })
  const user = new WeavrUser(sandbox, playing('connection-reset'))
  await t.rejects(user.factors())
  t.match(valuesOf(await scraped(sandbox), REQUESTS), {
    'weavr-multi authFactorsGet 0 connection-reset': 1,
  })
})

t.test('admin requests are not counted', async (t) => {
  const app = await makeApp(t)
  await app.ask('GET', '/__admin/sessions')
  t.same(valuesOf(await scraped(app), REQUESTS), {})
})

t.test('nothing of requests is counted without a journal', async (t) => {
  const app = await makeApp(t, { journal: false })
  await new WeavrUser(app).stepUp()
  const families = await scraped(app)
  t.same(valuesOf(families, REQUESTS), {})
  t.same(valuesOf(families, 'sandbox_journal_entries'), { '': 0 })
  t.same(valuesOf(families, 'sandbox_sessions'), { '': 1 })
})

t.test('durations', async (t) => {
  /** Real time of which each look takes some. */
  class TickingClock extends TestClock {
    readonly #step: number

    constructor(step: number) {
      super()
      this.#step = step
      this.time = START
    }

    override now(): number {
      this.time += this.#step
      return this.time
    }

    override monotonic(): number {
      return this.now()
    }
  }

  t.test('of requests are in seconds, by API and operation', async (t) => {
    const app = await makeApp(t, { clock: new TickingClock(1_000) })
    await new WeavrUser(app).stepUp()
    await new WeavrUser(app).factors()
    await new WeavrUser(app).factors()
    const families = await scraped(app)
    const counts = valuesOf(families, 'sandbox_request_duration_seconds_count')
    t.same(counts, { 'weavr-multi stepupSCAChallenge': 1, 'weavr-multi authFactorsGet': 2 })
    const sums = valuesOf(families, 'sandbox_request_duration_seconds_sum')
    const sum = sums['weavr-multi stepupSCAChallenge'] ?? 0
    t.ok(sum >= 1 && sum < 60, `${sum} s`)
    const buckets = valuesOf(families, 'sandbox_request_duration_seconds_bucket')
    t.equal(buckets['0.5 weavr-multi authFactorsGet'], 0)
    t.equal(buckets['+Inf weavr-multi authFactorsGet'], 2)
  })

  t.test('do not have scripted delays in them', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).factors(playing('slow'))
    t.ok(app.clock.slept.some((ms) => ms > 0))
    const families = await scraped(app)
    t.same(valuesOf(families, 'sandbox_request_duration_seconds_sum'), {
      'weavr-multi authFactorsGet': 0,
    })
    t.equal(
      valuesOf(families, 'sandbox_request_duration_seconds_bucket')[
        '0.001 weavr-multi authFactorsGet'
      ],
      1,
    )
  })

  t.test('of the store are in seconds, by method, before the first request, too', async (t) => {
    const app = await makeApp(t, { clock: new TickingClock(7) })
    const counts = async () => valuesOf(await scraped(app), 'sandbox_store_duration_seconds_count')
    t.same(await counts(), { session: 0, update: 0 })
    await new WeavrUser(app).stepUp()
    // The wait for the timer that the code sets looks the session up, too.
    t.same(await counts(), { session: 2, update: 1 })
    const families = await scraped(app)
    const sum = valuesOf(families, 'sandbox_store_duration_seconds_sum').session ?? 0
    t.ok(sum >= 0.007 && sum < 0.1, `${sum} s`)
    t.equal(valuesOf(families, 'sandbox_store_duration_seconds_bucket')['0.005 session'], 0)
  })
})

t.test('what is kept', async (t) => {
  t.test('is told as it is now', async (t) => {
    const app = await makeApp(t)
    const gauges = async () => {
      const families = await scraped(app)
      return ['sessions', 'journal_entries', 'bindings'].map(
        (name) => valuesOf(families, `sandbox_${name}`)[''],
      )
    }
    t.same(await gauges(), [0, 0, 0])
    for (const id of ['a', 'b', 'a']) await new WeavrUser(app, inSession(id)).factors()
    const body = { match: { token: 'x' }, session: 'c' }
    t.equal((await app.ask('PUT', '/__admin/bindings/one', { body })).status, 200)
    t.same(await gauges(), [2, 3, 1])
    await app.ask('DELETE', '/__admin/sessions/a')
    await app.ask('DELETE', '/__admin/bindings/one')
    t.same(await gauges(), [1, 1, 0])
  })

  t.test('is not counted twice by two who scrape at once', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).factors()
    const [one, two] = await Promise.all([scraped(app), scraped(app)])
    t.same(valuesOf(one, REQUESTS), valuesOf(two, REQUESTS))
    t.same(Object.values(valuesOf(one, REQUESTS)), [1])
  })

  t.test('is told of each sandbox by itself', async (t) => {
    const [one, two] = [await makeApp(t), await makeApp(t)]
    await new WeavrUser(one).factors()
    t.same(Object.values(valuesOf(await scraped(one), REQUESTS)), [1])
    t.same(valuesOf(await scraped(two), REQUESTS), {})
  })
})

t.test('evictions', async (t) => {
  const NONE = { session: 0, subject: 0, id: 0, reference: 0, 'journal entry': 0 }

  t.test('are all there before the first', async (t) => {
    t.same(valuesOf(await scraped(await makeApp(t)), 'sandbox_evictions_total'), NONE)
  })

  t.test('of journal entries are counted', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    for (let sent = 0; sent < 1_003; sent++) await user.factors()
    const families = await scraped(app)
    t.same(valuesOf(families, 'sandbox_evictions_total'), { ...NONE, 'journal entry': 3 })
    t.same(valuesOf(families, 'sandbox_journal_entries'), { '': 1_000 })
  })

  t.test('of sessions are counted', async (t) => {
    const sandbox = await running(t)
    for (let made = 0; made < 10_002; made++) await sandbox.parts.store.session(`s${made}`)
    const families = await scraped(sandbox)
    t.same(valuesOf(families, 'sandbox_evictions_total'), { ...NONE, session: 2 })
    t.same(valuesOf(families, 'sandbox_sessions'), { '': 10_000 })
  })

  t.test('of subjects and ids are counted', async (t) => {
    const sandbox = await running(t)
    const change = (index: number) => () => ({
      record: { state: {}, calls: {}, used: {}, given: [] },
      ids: [`i${index}`],
    })
    for (let made = 0; made < 10_001; made++) {
      const key = { session: 's', api: 'bank', subject: `u${made}` }
      await sandbox.parts.store.update(key, change(made))
    }
    const { subject, id } = valuesOf(await scraped(sandbox), 'sandbox_evictions_total')
    t.equal(subject, 1)
    t.equal(id, 1)
  })
})

t.test('the process', async (t) => {
  t.test('has the default metrics of Node', async (t) => {
    const families = await scraped(await makeApp(t))
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'nodejs_eventloop_lag_seconds',
      'nodejs_heap_size_used_bytes',
      'nodejs_gc_duration_seconds',
      'nodejs_version_info',
    ]) {
      t.ok(families.get(name), name)
    }
  })
})

t.test('labels are bounded', async (t) => {
  const series = async (app: Asked) =>
    [...(await scraped(app))].flatMap(([name, { samples }]) =>
      /^sandbox_/.test(name) ? samples.map((sample) => keyOf(sample)) : [],
    )

  t.test('by the documents, whatever paths, sessions and scenarios clients send', async (t) => {
    const app = await makeApp(t)
    const odd = async (index: number) => {
      const headers = inSession(`s${index}`)
      const user = new WeavrUser(app, { token: `t${index}`, ...headers })
      await app.ask('GET', `/nowhere/${index}`, { headers })
      await app.ask('GET', `/@p${index}:x${index}/authentication_factors`)
      await app.ask('GET', `/@"${index}/authentication_factors`)
      await user.factors(playing(`scenario-${index}`))
      await user.factors({ 'x-sandbox-advance': `${index} potatoes` })
      await user.factors({ prefer: `code=${index + 600}` })
      await user.verifyBatch(`batch-${index}`)
    }
    await odd(0)
    const before = await series(app)
    t.ok(before.length > 20)
    for (let index = 1; index < 500; index++) await odd(index)
    t.same((await series(app)).toSorted(), before.toSorted())
    t.equal(
      Object.values(valuesOf(await scraped(app), REQUESTS)).reduce((sum, each) => sum + each),
      3_500,
    )
  })

  t.test('and nothing of what clients send is in them', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, { token: 's3cret', ...inSession('my-session') })
    await user.factors()
    await app.ask('GET', '/my-path', { headers: playing('my-scenario') })
    t.notMatch((await app.ask('GET', METRICS)).text, /s3cret|my-/)
  })

  t.test('and quotes in the names of documents are escaped', async (t) => {
    const text = BANK.replace('operationId: getCode', 'operationId: \'get "a\\b"\'')
    const path = t.testdir({ 'bank.yaml': text })
    const app = await makeApp(t, { specs: [`${path}/bank.yaml`] })
    t.equal((await app.ask('GET', '/codes/7')).status, 200)
    t.match(Object.keys(valuesOf(await scraped(app), REQUESTS)), [
      'bank get \\"a\\\\b\\" 200 default',
    ])
  })
})

t.test(
  'counting coverage anew sets the counters of requests back, not those of the store',
  async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).factors()
    await app.ask('DELETE', '/__admin/coverage')
    const families = await scraped(app)
    t.same(valuesOf(families, REQUESTS), {})
    t.equal(valuesOf(families, 'sandbox_store_duration_seconds_count').session, 1)
  },
)
