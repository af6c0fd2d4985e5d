/** What holds of any sequence of calls, whatever else happens. */
import fc from 'fast-check'
import t from 'tap'
import { loadApis } from '../../src/sandbox/load.ts'
import { type Answer, makeApp, START, type TestApp } from '../fixtures/app.ts'
import { MINUTE, PlumeryUser, playing, RIGHT, SECOND, WeavrUser, WRONG } from '../fixtures/calls.ts'
import { runs } from '../fixtures/properties.ts'
import { breaches, operation } from '../fixtures/vendor-documents.ts'

const apis = loadApis({ specs: [], scenarios: [] })
const SCENARIOS = [...apis.byName.get('weavr-multi')!.scenarioSet.scenarios.values()]
  // A broken connection has no answer to look at.
  .filter(({ operations }) => [...operations.values()].every(({ rules }) => !rules[0]?.fault))
  .map(({ name }) => name)
  // Its codes are others than the one that is right here.
  .filter((name) => name !== 'distinct-codes')

const OPERATIONS = {
  stepUp: 'stepupSCAChallenge',
  verify: 'stepupSCAVerify',
  confirm: 'multipleSCAChallenge',
  verifyConfirmation: 'multipleSCAVerify',
  batch: 'beneficiaryBatchSCAChallenge',
  verifyBatch: 'beneficiaryBatchSCAVerify',
  push: 'stepupSCAChallengePush',
  enrol: 'enrolDeviceUsingOtpStepOne',
  verifyEnrolment: 'enrolDeviceUsingOtpStepTwo',
  enrolPush: 'enrolDeviceUsingPush',
  factors: 'authFactorsGet',
}

/** One call; `which` chooses a set of resources, a batch, a challenge issued before, or a channel. */
interface Step {
  readonly call: keyof typeof OPERATIONS
  readonly token: string
  readonly code: string
  readonly scenario: string
  readonly which: number
  /** How far the session's clock is moved first, in ms. */
  readonly wait: number
}

const SETS = [['1'], ['1', '2'], ['2', '1'], ['3']]
const BATCHES = ['7', '8']
const CHANNELS = ['AUTHY', 'BIOMETRIC']

const waits = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(1, 14_999, 15_000, 5 * MINUTE - 1, 5 * MINUTE) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 6 * MINUTE }) },
)

const step = fc.record<Step>({
  call: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('stepUp', 'verify', 'confirm', 'verifyConfirmation') },
    { weight: 1, arbitrary: fc.constantFrom(...(Object.keys(OPERATIONS) as Step['call'][])) },
  ),
  token: fc.constantFrom('one', 'other'),
  code: fc.constantFrom(WRONG, WRONG, RIGHT),
  scenario: fc.oneof(
    { weight: 4, arbitrary: fc.constant('default') },
    { weight: 1, arbitrary: fc.constantFrom(...SCENARIOS) },
  ),
  which: fc.nat({ max: 5 }),
  wait: waits,
})

/** Now and then the same call many times at once: five wrong codes do not come by chance. */
const sequence = fc
  .array(fc.tuple(step, fc.constantFrom(1, 1, 1, 1, 6)), {
    minLength: 10,
    maxLength: 30,
    size: 'max',
  })
  .map((list) =>
    list.flatMap(([step, times]) => [step, ...Array(times - 1).fill({ ...step, wait: 0 })]),
  )

/** An answer, and the challenge or batch that it is about. */
type Played = Answer & { readonly id: string }

/** A client that plays steps one after the other and keeps the ids it is given. */
class Player {
  readonly app: TestApp
  readonly session: string
  readonly #ids: string[] = []

  constructor(app: TestApp, session: string) {
    this.app = app
    this.session = session
  }

  async play(step: Step): Promise<Played> {
    const { token, scenario, wait } = step
    const headers = { ...playing(scenario), ...(wait > 0 && advance(wait)) }
    const user = new WeavrUser(this.app, { token, 'x-sandbox-session': this.session, ...headers })
    const id = this.#chosen(step)
    const answer = await this.#call(user, step, id)
    if (answer.body?.scaChallengeId) this.#ids.push(answer.body.scaChallengeId)
    return { ...answer, id: answer.body?.scaChallengeId ?? id }
  }

  #call(user: WeavrUser, { call, which, code }: Step, id: string): Promise<Answer> {
    switch (call) {
      case 'confirm':
        return user.confirm(chosen(SETS, which))
      case 'verifyConfirmation':
        return user.verifyConfirmation(id, code)
      case 'batch':
        return user.batch(id)
      case 'verifyBatch':
        return user.verifyBatch(id, code)
      case 'verify':
      case 'verifyEnrolment':
        return user[call](code)
      case 'push':
      case 'enrolPush':
        return user[call](chosen(CHANNELS, which))
      default:
        return user[call]()
    }
  }

  #chosen({ call, which }: Step): string {
    if (call === 'verifyConfirmation') return this.#ids.at(-1 - which) ?? '404'
    return chosen(BATCHES, which)
  }
}

const advance = (ms: number) => ({ 'x-sandbox-advance': `${ms}ms` })
const chosen = <T>(list: readonly T[], which: number): T => list[which % list.length] as T

/** A code that was sent, and what was done with it. */
interface Sent {
  readonly at: number
  wrong: number
  verified: boolean
}

/** Watches a sequence from outside and says what should never have happened. */
class Watcher {
  readonly broken: string[] = []
  #now = START
  /** When codes were sent to which there is a limit: by user, or user and set of resources. */
  readonly #limited = new Map<string, number[]>()
  /** The codes that can be verified: by user and step-up, challenge, batch or enrolment. */
  readonly #sent = new Map<string, Sent>()

  watch(step: Step, answer: Played): void {
    this.#now += step.wait
    this.broken.push(...breaches(operation(OPERATIONS[step.call]), answer))
    const key = keyOf(step, answer.id)
    if (ISSUES.includes(step.call) && answer.status < 300) {
      this.#sent.set(key, { at: this.#now, wrong: 0, verified: false })
      if (LIMITED.includes(step.call)) this.#issued(limitOf(step))
    }
    // What a scenario merely says has not happened.
    const happened = answer.headers['x-sandbox-rule']?.includes('/default.yaml:')
    if (!ISSUES.includes(step.call) && step.call.startsWith('verify') && happened) {
      this.#verified(step, answer, this.#sent.get(key))
    }
  }

  #issued(key: string): void {
    const times = this.#limited.get(key) ?? []
    if (times.length >= 2) this.broken.push(`a third code for ${key}`)
    if (this.#now - (times.at(-1) ?? Number.NEGATIVE_INFINITY) < 15 * SECOND) {
      this.broken.push(`two codes for ${key} within 15 s`)
    }
    this.#limited.set(key, [...times, this.#now])
  }

  #verified({ code }: Step, { status, body }: Answer, sent: Sent | undefined): void {
    const wrong = WRONG_CODES.includes(body?.errorCode)
    if (wrong && sent) {
      sent.wrong++
      if (sent.wrong > 5) this.broken.push('a sixth try')
      if (body.errorCode !== WRONG_CODES[Math.max(0, sent.wrong - 3)]) {
        this.broken.push(`try ${sent.wrong} answers ${body.errorCode}`)
      }
    }
    if (wrong && (!sent || code === RIGHT)) this.broken.push(`${body.errorCode} to no wrong code`)
    if (status !== 204) return
    if (!sent) this.broken.push('a code is taken that was never sent')
    if (code !== RIGHT) this.broken.push('a wrong code is taken')
    if (sent?.verified) this.broken.push('a code is taken twice')
    if (sent && sent.wrong >= 5) this.broken.push('a code is taken after five wrong ones')
    if (sent && this.#now - sent.at >= 5 * MINUTE) this.broken.push('a code is taken too late')
    if (sent) sent.verified = true
  }
}

const ISSUES = ['stepUp', 'confirm', 'batch', 'enrol']
const LIMITED = ['stepUp', 'confirm']
const WRONG_CODES = [
  'VERIFICATION_CODE_INVALID',
  'ONE_CHALLENGE_LIMIT_REMAINING',
  'CHALLENGE_LIMIT_EXCEEDED',
]

const keyOf = ({ call, token }: Step, id: string) => {
  if (/stepUp|^verify$/.test(call)) return `${token} step-up`
  if (/enrol/i.test(call)) return `${token} enrolment`
  return `${token} ${/batch/i.test(call) ? 'batch' : 'challenge'} ${id}`
}

const limitOf = ({ call, token, which }: Step) =>
  call === 'stepUp' ? `${token} step-up` : `${token} ${[...chosen(SETS, which)].sort()}`

t.test('every answer conforms, and no limit is ever passed', async (t) => {
  const app = await makeApp(t)
  let session = 0
  await fc.assert(
    fc.asyncProperty(sequence, async (steps) => {
      const player = new Player(app, `run-${session++}`)
      const watcher = new Watcher()
      for (const step of steps) watcher.watch(step, await player.play(step))
      return watcher.broken.length === 0 || Promise.reject(new Error(watcher.broken.join('; ')))
    }),
    runs(120),
  )
})

t.test('the same calls with the same seed give the same bytes', async (t) => {
  await fc.assert(
    fc.asyncProperty(sequence, fc.nat({ max: 1_000 }), async (steps, seed) => {
      const [first, second] = [await bytes(steps, seed), await bytes(steps, seed)]
      return first === second
    }),
    runs(40),
  )

  async function bytes(steps: readonly Step[], seed: number): Promise<string> {
    const player = new Player(await makeApp(t, { seed }), 'default')
    const answers: unknown[] = []
    for (const step of steps) answers.push(sentBytes(await player.play(step)))
    return JSON.stringify(answers)
  }
})

t.test('another seed gives other ids', async (t) => {
  const [one, two] = [await makeApp(t, { seed: 1 }), await makeApp(t, { seed: 2 })]
  const idOf = async (app: TestApp) => (await new WeavrUser(app).confirm(['1'])).body.scaChallengeId
  t.not(await idOf(one), await idOf(two))
})

t.test('what a user gets does not depend on what others do', async (t) => {
  const app = await makeApp(t)
  let world = 0
  await fc.assert(
    fc.asyncProperty(sequence, sequence, async (own, foreign) => {
      const session = `world-${world++}`
      const quiet = new Player(app, session)
      const alone: unknown[] = []
      for (const step of own) alone.push(sentBytes(await quiet.play({ ...step, token: 'own' })))
      // The same session again, in another sandbox.
      const busy = await makeApp(t)
      const [player, neighbour] = [new Player(busy, session), new Player(busy, session)]
      const stranger = new Player(busy, 'elsewhere')
      const among: unknown[] = []
      for (const [index, step] of own.entries()) {
        const other = foreign[index % foreign.length] as Step
        await neighbour.play({ ...other, token: 'foreign', wait: 0 })
        await stranger.play({ ...other, token: 'own' })
        among.push(sentBytes(await player.play({ ...step, token: 'own' })))
      }
      return JSON.stringify(alone) === JSON.stringify(among)
    }),
    runs(40),
  )
})

/** All that is sent, apart from the server's date. */
function sentBytes({ status, headers: { date, ...headers }, text }: Answer): unknown[] {
  return [status, headers, text]
}

t.test('Plumery takes a code from who had it sent, in time, and once', async (t) => {
  const app = await makeApp(t)
  let session = 0
  const steps = fc.array(
    fc.record({
      call: fc.constantFrom('initiate', 'verify', 'verify'),
      token: fc.constantFrom('one', 'other'),
      challenge: fc.constantFrom('c1', 'c2'),
      code: fc.constantFrom(WRONG, RIGHT),
      wait: waits,
    }),
    { minLength: 5, maxLength: 30, size: 'max' },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const known = new Map<string, { token: string; at: number }>()
      const id = `plumery-${session++}`
      let now = START
      for (const { call, token, challenge, code, wait } of steps) {
        now += wait
        const headers = { 'x-sandbox-session': id, ...(wait > 0 && advance(wait)) }
        const user = new PlumeryUser(app, { token, ...headers })
        const initiates = call === 'initiate'
        const answer = await (initiates ? user.initiate(challenge) : user.verify(code, challenge))
        const broken = breaches(operation(initiates ? 'initiateSms' : 'verifySms'), answer)
        if (broken.length > 0) throw new Error(broken.join('; '))
        if (answer.status !== 204) continue
        const sent = known.get(challenge)
        if (initiates) known.set(challenge, { token, at: now })
        else {
          const good = sent?.token === token && code === RIGHT && now - sent.at < 5 * MINUTE
          if (!good) return false
          known.delete(challenge)
        }
      }
      return true
    }),
    runs(40),
  )
})
