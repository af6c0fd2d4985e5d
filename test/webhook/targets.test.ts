import t from 'tap'
import { UsageError } from '../../src/errors.ts'
import { Targets } from '../../src/webhook/targets.ts'
import { makeDeliveries, notification } from '../fixtures/deliveries.ts'
import { startReceiver } from '../fixtures/receiver.ts'

const find = (
  { urls = [], allow = [] }: { urls?: readonly string[]; allow?: readonly string[] },
  more: Parameters<typeof notification>[0] = {},
  sessionUrl?: string,
) => {
  const target = new Targets(urls, allow).find(notification(more), sessionUrl)
  return target.kind === 'send' ? target.url.href : [target.kind, target.reason].join(': ')
}

t.test("an API's own URL takes precedence over the one for all", async (t) => {
  const urls = ['http://all.test', 'bank=http://bank.test/in?a=b']
  t.equal(find({ urls }), 'http://bank.test/in/done/watch?a=b')
  t.equal(find({ urls }, { api: 'other' }), 'http://all.test/done/watch')
})

t.test("the session's URL takes precedence over the operator's", async (t) => {
  const urls = ['http://all.test']
  t.equal(find({ urls }, {}, 'http://all.test/mine/'), 'http://all.test/mine/done/watch')
})

t.test("a callback's URL is used as it is", async (t) => {
  const urls = ['http://all.test']
  const url = 'http://all.test/cb?x=1'
  t.equal(find({ urls }, { url, path: '' }, 'http://all.test/mine'), url)
  t.equal(find({ urls }, { url: null }), 'nowhere: the request names no URL for it')
})

t.test('the path is appended as it is written', async (t) => {
  const urls = ['http://all.test']
  t.equal(find({ urls }, { path: '' }), 'http://all.test/')
  t.equal(find({ urls }, { path: '/a b?c' }), 'http://all.test/a%20b%3Fc')
})

const ALLOWED = { urls: ['bank=http://bank.test'], allow: ['http://app.test:3000'] }

for (const [url, reason] of [
  ['http://app.test', 'http://app.test is not allowed: start with --webhook-allow http://app.test'],
  ['https://app.test:3000', 'https://app.test:3000 is not allowed'],
  ['http://app.test:3000.evil.test', 'is not an http or https URL'],
  ['http://app.test:3000@evil.test', 'must not have a user name or password'],
  ['http://me:secret@app.test:3000', 'must not have a user name or password'],
  ['http://169.254.169.254/latest', 'http://169.254.169.254 is not allowed'],
  ['file:///etc/passwd', 'is not an http or https URL'],
  ['app.test:3000', 'is not an http or https URL'],
  ['', 'is not an http or https URL'],
  [`http://${'a'.repeat(5_000)}`, 'is not allowed'],
] as const) {
  t.test(`${url.slice(0, 60) || 'an empty URL'} is refused`, async (t) => {
    for (const target of [find(ALLOWED, {}, url), find(ALLOWED, { url })]) {
      t.match(target, /^refused: /)
      t.ok(target.includes(reason), target)
      t.ok(target.length < 500)
      t.notMatch(target, /secret/)
    }
  })
}

for (const url of ['http://app.test:3000/x', 'HTTP://APP.test:3000', 'http://bank.test:80/other']) {
  t.test(`${url} is allowed`, async (t) => {
    t.equal(new Targets(ALLOWED.urls, ALLOWED.allow).refusal(url), undefined)
  })
}

t.test('two URLs for the same APIs are an error', async (t) => {
  for (const [urls, message] of [
    [['http://a.test', 'http://b.test'], 'there are two URLs for all APIs; keep one of them'],
    [['x=http://a.test', 'x=http://b.test'], 'there are two URLs for x; keep one of them'],
  ] as const) {
    t.throws(() => new Targets(urls, []), {
      constructor: UsageError,
      message: `--webhook-url: ${message}`,
    })
  }
})

t.test('a URL for an API that is not loaded is an error', async (t) => {
  const names = new Set(['bank', 'cards'])
  const check = (api: string) => new Targets([`${api}=http://a.test`], []).checkApis(names)
  check('bank')
  new Targets(['http://a.test'], []).checkApis(names)
  const message = '--webhook-url: there is no API "bnk"; did you mean "bank"?'
  t.throws(() => check('bnk'), { constructor: UsageError, message })
  t.throws(() => check('xylophones'), { message: /there are bank, cards/ })
})

t.test('nothing is sent to an address that is refused, and the journal says why', async (t) => {
  const { origin, received } = await startReceiver(t)
  const deliveries = makeDeliveries(t)
  deliveries.add(notification(), `${origin}/x`)
  deliveries.add(notification(), 'http://me:secret@app.test')
  await deliveries.idle('s')
  t.equal(received.length, 0)
  t.match(deliveries.list('s'), [
    {
      state: 'refused',
      url: `${origin}/x`,
      reason: `${origin} is not allowed: start with --webhook-allow ${origin}`,
      attempts: [],
    },
    { state: 'refused', url: 'http://app.test/' },
  ])
})
