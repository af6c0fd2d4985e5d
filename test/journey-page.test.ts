/**
 * The diagrams of docs/journey.md show what happens. After a change of the rules, write them again:
 *   WRITE=1 npm test -- test/journey-page.test.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ROOT } from './fixtures/built.ts'
import { listening } from './fixtures/calls.ts'
import { SequenceDiagram } from './fixtures/sequence.ts'

const PAGE = join(ROOT, 'docs/journey.md')
const WIRE = 'outgoing_wire_transfers'

/** An app under way: each call is drawn as soon as it was answered. */
class Walk {
  readonly diagram: SequenceDiagram
  readonly #base: string
  #token = 'a-token'

  constructor(url: string, session: string) {
    this.diagram = new SequenceDiagram(url, session)
    this.#base = `${this.diagram.session.url}/multi`
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies freely
  async call(method: string, path: string, body?: object): Promise<any> {
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        'api-key': 'demo',
        authorization: `Bearer ${this.#token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    await this.diagram.observe()
    return text === '' ? undefined : JSON.parse(text)
  }

  async signIn() {
    const body = { email: 'ann@example.com', password: { value: 'secret' } }
    this.#token = (await this.call('POST', '/login_with_password', body)).token
  }

  async transfer(): Promise<string> {
    const { id } = await this.call('POST', `/${WIRE}`, {
      profileId: '1',
      sourceInstrument: { type: 'managed_accounts', id: '2' },
      transferAmount: { currency: 'GBP', amount: 5_000 },
      destinationBeneficiary: {
        name: 'Bob',
        bankAccountDetails: { accountNumber: '12345678', sortCode: '123456' },
      },
    })
    return id
  }

  async challenge(path: string, resourceType: string, id: string): Promise<string> {
    const body = { resourceType, resourceIds: [id] }
    return (await this.call('POST', path, body)).scaChallengeId
  }

  verify(challenge: string, resourceType: string, verificationCode = '123456') {
    const body = { verificationCode, resourceType }
    return this.call('POST', `/challenges/${challenge}/otp/SMS/verify`, body)
  }
}

/** How each flow goes, under the heading of its diagram. */
const FLOWS: Readonly<Record<string, (walk: Walk) => Promise<unknown>>> = {
  'A transfer, confirmed by text message': async (walk) => {
    await walk.signIn()
    const id = await walk.transfer()
    const challenge = await walk.challenge('/challenges/otp/SMS', WIRE, id)
    await walk.verify(challenge, WIRE, '000000')
    await walk.verify(challenge, WIRE)
    await walk.call('GET', `/${WIRE}/${id}`)
    await walk.diagram.act('settle-transfer', { id }, 'Network')
    await walk.call('GET', `/${WIRE}/${id}`)
  },
  'A transfer, confirmed on the phone': async (walk) => {
    const id = await walk.transfer()
    const declined = await walk.challenge('/challenges/push/AUTHY', WIRE, id)
    await walk.diagram.act('decline', { challengeId: declined }, 'Phone')
    await walk.call('GET', `/${WIRE}/${id}`)
    const accepted = await walk.challenge('/challenges/push/AUTHY', WIRE, id)
    await walk.diagram.act('accept', { challengeId: accepted }, 'Phone')
    await walk.call('GET', `/${WIRE}/${id}`)
  },
  'A send': async (walk) => {
    const { id } = await walk.call('POST', '/sends', {
      profileId: '1',
      source: { type: 'managed_accounts', id: '2' },
      destination: { type: 'managed_cards', id: '3' },
      destinationAmount: { currency: 'GBP', amount: 100 },
    })
    await walk.verify(await walk.challenge('/challenges/otp/SMS', 'sends', id), 'sends')
    await walk.call('GET', `/sends/${id}`)
  },
  'A batch of beneficiaries': async (walk) => {
    const { operationBatchId: id } = await walk.call('POST', '/beneficiaries', {
      beneficiaries: [],
    })
    const path = `/beneficiaries/batch/${id}`
    await walk.call('POST', `${path}/challenges/otp/SMS`)
    await walk.call('POST', `${path}/challenges/otp/SMS/verify`, { verificationCode: '123456' })
    await walk.call('GET', path)
    await walk.diagram.advance('5s')
    await walk.call('GET', path)
  },
  'A step-up by push': async (walk) => {
    const { id } = await walk.call('POST', '/stepup/challenges/push/AUTHY')
    await walk.diagram.act('accept', { challengeId: id }, 'Phone')
    await walk.call('POST', '/stepup/challenges/push/AUTHY')
  },
  'A push that nobody answers': async (walk) => {
    await walk.call('POST', '/stepup/challenges/push/AUTHY')
    await walk.diagram.advance('5m')
    await walk.call('POST', '/stepup/challenges/push/AUTHY')
  },
  'The step-up gate': async (walk) => {
    await walk.diagram.session.play('step-up-required')
    await walk.call('GET', `/${WIRE}`)
    await walk.call('POST', '/stepup/challenges/otp/SMS')
    await walk.call('POST', '/stepup/challenges/otp/SMS/verify', { verificationCode: '123456' })
    await walk.call('GET', `/${WIRE}`)
  },
  'Enrolment of a device': async (walk) => {
    const { session } = walk.diagram
    await session.play('channel-not-registered')
    await walk.call('POST', '/stepup/challenges/push/AUTHY')
    await walk.call('POST', '/authentication_factors/push/AUTHY')
    const [message] = await session.messages({ channel: 'AUTHY' })
    await walk.diagram.act('accept', { challengeId: String(message?.challenge) }, 'Phone')
    await walk.call('POST', '/stepup/challenges/push/AUTHY')
  },
}

async function draw(t: Test, flow: (walk: Walk) => Promise<unknown>): Promise<string> {
  const { url } = await listening(t, {})
  const walk = new Walk(url, 'journey')
  await flow(walk)
  return `\`\`\`mermaid\n${walk.diagram}\`\`\``
}

t.test('each flow of docs/journey.md is drawn as it goes', async (t) => {
  let page = readFileSync(PAGE, 'utf8')
  const headings = [...page.matchAll(/^## (.*)\n[^#]*?```mermaid/gm)].map(([, heading]) => heading)
  t.same(headings, Object.keys(FLOWS), 'each diagram has a flow, and each flow a diagram')
  for (const [heading, flow] of Object.entries(FLOWS)) {
    const drawn = await draw(t, flow)
    const found = new RegExp(`(?<=^## ${heading}\\n[^#]*?)\`\`\`mermaid\\n[^\`]*\`\`\``, 'm')
    if (!process.env.WRITE) t.equal(found.exec(page)?.[0], drawn, heading)
    page = page.replace(found, drawn)
  }
  if (process.env.WRITE) writeFileSync(PAGE, page)
})
