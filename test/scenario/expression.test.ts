import t from 'tap'
import { ScriptError } from '../../src/errors.ts'
import { FUNCTIONS, Language } from '../../src/scenario/expression.ts'
import { IDS, OWNER, RequestView, Scope } from '../../src/scenario/scope.ts'

const CONSTANTS = { otp: '123456', limit: 5, words: { a: 'A' }, names: ['x', 'y'], strict: true }
const language = Language.of(CONSTANTS)
const NOON = new Date(Date.UTC(2026, 0, 1, 12))

/** A scope in which a request came, and something is remembered. */
function scope() {
  let made = 0
  const request = new RequestView(
    {
      method: 'POST',
      path: { id: '7' },
      query: { tag: ['a', 'b'] },
      headers: { 'x-key': 'k' },
    },
    { count: 2, list: ['b', 'a', 'b'], numbers: [10, 9.5], nested: { deep: true } },
  )
  return new Scope(
    { request, token: 'user', apiKey: 'key', now: NOON },
    {
      state: {
        issued: 2,
        at: new Date(NOON.getTime() - 10_000),
        sets: new Map([['x', { issued: 1 }]]),
      },
      call: 3n,
      [IDS]: { request: () => 'request', next: () => `id-${++made}` },
      [OWNER]: async (id) => `owner of ${id}`,
    },
  )
}

const worth = (source: string, known = language) => known.compile(source).evaluate(scope())

const VALUES: readonly [source: string, value: unknown][] = [
  // What can be named.
  ['request.method', 'POST'],
  ['request.path.id', '7'],
  ['request.query.tag[1]', 'b'],
  ['request.headers["x-key"]', 'k'],
  ['request.body.nested.deep', true],
  ['token', 'user'],
  ['apiKey', 'key'],
  ['call', 3n],
  ['now', NOON],
  ['state.issued', 2],
  ['otp', '123456'],
  ['words["a"]', 'A'],
  ['names[1]', 'y'],
  ['strict', true],
  ['reason', ''],
  ['faults', []],
  // Numbers of JSON, of constants and of expressions.
  ['1 + 1', 2n],
  ['state.issued + 1', 3],
  ['1 + state.issued', 3],
  ['state.issued - 0.5', 1.5],
  ['2 * state.issued', 4],
  ['limit * 2', 10],
  ['limit / 2', 2.5],
  ['limit % 2', 1],
  ['7 - limit', 2],
  ['-limit', -5],
  ['request.body.count + limit', 7],
  ['call + 1', 4n],
  ['state.issued == 2', true],
  ['2 == state.issued', true],
  ['limit == 5', true],
  ['5 == limit', true],
  ['5 != limit', false],
  ['limit > 4 && limit >= 5 && limit < 6 && limit <= 5', true],
  ['call > state.issued', true],
  ['state.issued in [1, 2]', true],
  ['state.issued == "2"', false],
  // Maps, lists and texts.
  ['"x" in state.sets', true],
  ['"y" in state.sets', false],
  ['state.sets["x"].issued', 1],
  ['state.sets[?"y"].orValue("none")', 'none'],
  ['has(state.issued) && !has(state.other)', true],
  ['size(names)', 2n],
  ['size("abc")', 3n],
  ['names.join(", ")', 'x, y'],
  ['names.exists(name, name == "y")', true],
  ['names.map(name, name + "!")', ['x!', 'y!']],
  ['request.body.list.filter(each, each == "b")', ['b', 'b']],
  ['names + request.body.list', ['x', 'y', 'b', 'a', 'b']],
  ['{"a": names}', { a: ['x', 'y'] }],
  ['strict ? "yes" : "no"', 'yes'],
  // Lists in order, without repetition, as a key.
  ['sorted(request.body.list)', ['a', 'b', 'b']],
  ['sorted(request.body.numbers)', ['10', '9.5']],
  ['distinct(request.body.list)', ['b', 'a']],
  ['fingerprint(["a", "b"])', 'a,b'],
  ['fingerprint(["b", "a", "b"])', 'a,b'],
  ['fingerprint([])', ''],
  ['fingerprint(["a,b"]) == fingerprint(["a", "b"])', false],
  // Fields of two maps, also where a client calls one of them as objects call theirs.
  ['merged({"a": 1, "b": 2}, {"b": 3})', { a: 1n, b: 3n }],
  ['merged({}, {})', {}],
  ['merged(request.body, {"list": 1}).list', 1n],
  ['merged({"constructor": 1}, {"a": 2}).a', 2n],
  // Times.
  ['now - state.at < duration("15s")', true],
  ['now - state.at >= duration("10s")', true],
  ['now - state.at > duration("10s")', false],
  ['now + duration("1h") > now', true],
  ['now + duration("90s")', new Date(NOON.getTime() + 90_000)],
  ['timestamp("2026-01-01T12:00:00Z") == now', true],
]

for (const [source, value] of VALUES) {
  t.test(
    `${source} is ${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `int ${v}` : v))}`,
    async (t) => {
      t.same(worth(source), value)
    },
  )
}

t.test('each newId() is another id', async (t) => {
  t.equal(worth('newId() + " " + newId()'), 'id-1 id-2')
})

t.test('newId() within newId() asks the same scope', async (t) => {
  t.equal(worth('["a", "b"].map(each, each + newId()).join(" ")'), 'aid-1 bid-2')
})

t.test('newId() makes nothing where nobody decides', async (t) => {
  const facts = scope()
  t.equal(language.compile('newId()').evaluate(new Scope(facts)), '')
})

t.test('a fingerprint of many values is short and the same in any order', async (t) => {
  const list = (from: number) =>
    JSON.stringify(Array.from({ length: 50 }, (_, i) => `v${(i + from) % 50}`))
  const short = String(worth(`fingerprint(${list(0)})`))
  t.match(short, /^[\w-]{43}$/)
  t.equal(worth(`fingerprint(${list(7)})`), short)
  t.not(worth(`fingerprint(${list(0)} + ["w"])`), short)
})

for (const source of [
  'sorted([2, 1])',
  'distinct([1, 1])',
  'fingerprint([1, 2])',
  'sorted([call])',
]) {
  t.test(`${source} can be worked out`, async (t) => {
    t.doesNotThrow(() => worth(source))
  })
}

t.test('the subject of an id is asked for in expressions of subjects only', async (t) => {
  t.equal(await worth('owner(request.path.id)', language.forSubjects()), 'owner of 7')
  t.throws(() => worth('owner(request.path.id)'), {
    constructor: ScriptError,
    message: /no matching overload/,
  })
})

t.test('two subjects that are asked for at once do not mix', async (t) => {
  const expression = language.forSubjects().compile('owner(request.path.id)')
  const asks = ['a', 'b'].map((id) => {
    const request = new RequestView({ method: '', path: { id }, query: {}, headers: {} })
    const facts = { request, token: '', apiKey: '', now: NOON }
    return expression.evaluate(new Scope(facts, { [OWNER]: async (each) => `${id}:${each}` }))
  })
  t.same(await Promise.all(asks), ['a:a', 'b:b'])
})

// What is told of mistakes

const MISTAKES: readonly [source: string, at: number, message: string | RegExp][] = [
  ['tokn', 0, '"tokn": Unknown variable: tokn; did you mean "token"?'],
  ['"a" == tokn', 7, /Unknown variable: tokn/],
  ['otpp', 0, /did you mean "otp"\?$/],
  ['wrods["a"]', 0, /did you mean "words"\?$/],
  ['xylophone', 0, '"xylophone": Unknown variable: xylophone'],
  ['newIdd()', 0, /did you mean "newId"\?$/],
  ['sortd(names)', 0, /did you mean "sorted"\?$/],
  ['durration("15s")', 0, /did you mean "duration"\?$/],
  ['token + 1', 0, '"token + 1": no such overload: string + int'],
  ['"5" == limit', 0, /no such overload: string == double/],
  ['now > "2026"', 0, /no such overload/],
  ['strict ? 1 : "a"', 0, /Ternary branches must have the same type/],
  ['request.bdy', 8, /No such key: bdy/],
  ['1 +', 3, /Unexpected token: EOF/],
  ['', 0, /EOF/],
  ['"abc', 0, /Unterminated string/],
  ['a b', 2, /./],
  ['__proto__', 0, /./],
  ['constructor', 0, /Unknown variable/],
]

for (const [source, at, message] of MISTAKES) {
  t.test(`the mistake in \`${source}\` is found at ${at}`, async (t) => {
    t.throws(() => language.compile(source), { constructor: ScriptError, at, message })
  })
}

for (const [what, source] of [
  ['too deep', `${'('.repeat(100)}1${')'.repeat(100)}`],
  ['too long', Array(3_000).fill('1').join(' + ')],
] as const) {
  t.test(`an expression that is ${what} is refused`, async (t) => {
    t.throws(() => language.compile(source), {
      constructor: ScriptError,
      message: /Exceeded max/,
    })
  })
}

t.test(
  'a function that only subjects know is not said to be meant instead of itself',
  async (t) => {
    try {
      language.compile('owner("x")')
    } catch (error) {
      t.notMatch((error as Error).message, 'did you mean "owner"')
    }
  },
)

for (const [misspelt, meant] of [
  ['fingerprnt(["a"])', 'fingerprint'],
  ['sortd(["a"])', 'sorted'],
  ['newid()', 'newId'],
]) {
  t.test(`a hint suggests ${meant} for ${misspelt}`, async (t) => {
    t.throws(() => language.compile(misspelt!), {
      message: new RegExp(`; did you mean "${meant}"\\?$`),
    })
  })
}

t.test('hints know every function of the sandbox', async (t) => {
  const own = ['newId', 'requestId', 'sorted', 'distinct', 'fingerprint', 'merged']
  t.same(FUNCTIONS.slice(0, own.length), own)
})

// Names

t.test('the type of an expression is known before it is evaluated', async (t) => {
  const types = ['token', '1 < 2', 'call', 'limit', 'now', 'state.issued', 'names', 'words']
  t.same(
    types.map((source) => language.compile(source).type),
    ['string', 'bool', 'int', 'double', 'google.protobuf.Timestamp', 'dyn', 'list', 'map'],
  )
})

t.test('a language can learn a name', async (t) => {
  const known = language.withVariable('mine', 'string')
  t.equal(known.compile('mine + "!"').type, 'string')
  t.same(known.variables, ['mine'])
  t.throws(() => language.compile('mine'), { constructor: ScriptError, message: /Unknown/ })
})

t.test('a learnt name is known to hints', async (t) => {
  t.throws(() => language.withVariable('challenge', 'map').compile('chalenge'), {
    message: /did you mean "challenge"\?$/,
  })
})

for (const type of ['string', 'bool', 'google.protobuf.Timestamp', 'google.protobuf.Duration']) {
  t.test(`a learnt name keeps the type ${type}`, async (t) => {
    t.equal(language.withVariable('mine', type).compile('mine').type, type)
  })
}

for (const [type, kept] of [
  ['list<int>', 'list'],
  ['map<string, int>', 'map'],
  ['int', 'dyn'],
  ['double', 'dyn'],
  ['optional<int>', 'dyn'],
] as const) {
  t.test(
    `a learnt name of the type ${type} is ${kept}: its numbers may come from anywhere`,
    async (t) => {
      t.equal(language.withVariable('mine', type).compile('mine').type, kept)
    },
  )
}

for (const name of ['token', 'state', 'otp', 'now']) {
  t.test(`"${name}" cannot be learnt: it has a meaning`, async (t) => {
    t.throws(() => language.withVariable(name, 'string'), {
      constructor: ScriptError,
      message: `"${name}" is already defined; choose another name`,
    })
  })
}

t.test('a name that the language reserves is refused as a mistake of the file', async (t) => {
  t.throws(() => language.withVariable('if', 'string'), { constructor: ScriptError, message: /if/ })
})

t.test('constants of every kind have their type', async (t) => {
  const kinds = Language.of({ a: 'x', b: 1, c: true, d: [1], e: { f: 1 } })
  t.same(
    [...'abcde'].map((name) => kinds.compile(name).type),
    ['string', 'double', 'bool', 'list', 'map'],
  )
})

t.test('inspections see each expression and may refuse it', async (t) => {
  const seen: string[] = []
  const inspecting = language.withCheck(({ op }) => {
    seen.push(op)
    throw new ScriptError('no', 1)
  })
  t.throws(() => inspecting.withVariable('mine', 'string').compile('mine'), {
    message: 'no',
    at: 1,
  })
  t.throws(() => inspecting.forSubjects().compile('token'), { message: 'no' })
  t.same(seen, ['id', 'id'])
})
