import t from 'tap'
import { DerivedIds, derivePair, type SeedInput } from '../../src/scenario/ids.ts'

const ORIGIN: SeedInput = { seed: 1, session: 's', api: 'bank', subject: 'ann', operation: 'send' }
const idsOf = (origin: Partial<SeedInput> = {}, call = 1) =>
  new DerivedIds({ ...ORIGIN, ...origin }, call)

t.test('an id has 18 digits and begins with 1', async (t) => {
  t.match(idsOf().next(), /^1\d{17}$/)
})

t.test('the same call makes the same ids', async (t) => {
  const [one, other] = [idsOf(), idsOf()]
  t.same([one.next(), one.next()], [other.next(), other.next()])
})

t.test('the ids that were made are listed', async (t) => {
  const ids = idsOf()
  const made = [ids.next(), ids.next()]
  t.same(ids.issued, made)
})

const OTHERS: readonly [what: string, origin: Partial<SeedInput>, call: number][] = [
  ['seed', { seed: 2 }, 1],
  ['session', { session: 't' }, 1],
  ['API', { api: 'shop' }, 1],
  ['subject', { subject: 'bob' }, 1],
  ['operation', { operation: 'verify' }, 1],
  ['call', {}, 2],
]

for (const [what, origin, call] of OTHERS) {
  t.test(`another ${what} makes another id`, async (t) => {
    t.not(idsOf(origin, call).next(), idsOf().next())
  })
}

t.test('the parts of an origin do not run together', async (t) => {
  const one = derivePair({ ...ORIGIN, session: 's 4 bank', api: 'x' }, 1, 0)
  const other = derivePair({ ...ORIGIN, session: 's', api: 'bank 1 x' }, 1, 0)
  t.strictNotSame(one, other)
})

t.test('of 20,000 ids of like origins no two are the same', async (t) => {
  const made = new Set<string>()
  for (let call = 1; call <= 100; call++) {
    for (let subject = 0; subject < 100; subject++) {
      const ids = idsOf({ subject: `user-${subject}` }, call)
      made.add(ids.next()).add(ids.next())
    }
  }
  t.equal(made.size, 20_000)
})

t.test('what is derived are two numbers of 32 bits', async (t) => {
  for (const number of derivePair(ORIGIN, 1, 'body')) {
    t.ok(Number.isInteger(number) && number >= 0 && number < 2 ** 32)
  }
})
