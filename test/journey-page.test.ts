/**
 * The diagrams of docs/journey.md show what happens. After a change of the rules, write them again:
 *   WRITE=1 npm test -- test/journey-page.test.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ROOT } from './fixtures/built.ts'
import { listening, SEND, TRANSFERS as WIRE } from './fixtures/calls.ts'
import { JourneyApp } from './fixtures/journey-app.ts'
import { SequenceDiagram } from './fixtures/sequence.ts'

const PAGE = join(ROOT, 'docs/journey.md')

/** An app under way: each call is drawn as soon as it was answered. */
class Walk extends JourneyApp {
  readonly diagram: SequenceDiagram

  constructor(url: string, session: string) {
    const diagram = new SequenceDiagram(url, session)
    super(`${diagram.session.url}/multi`)
    this.diagram = diagram
    this.token = 'a-token'
  }

  override async call(...call: Parameters<JourneyApp['call']>) {
    const answer = await super.call(...call)
    await this.diagram.observe()
    return answer
  }

  /** Asks for a confirmation on the phone. */
  push(resourceType: string, ...resourceIds: string[]) {
    return this.call('POST', '/challenges/push/AUTHY', { resourceType, resourceIds })
  }
}

/** How each flow goes, under the heading of its diagram. */
const FLOWS: Readonly<Record<string, (walk: Walk) => Promise<unknown>>> = {
  'A transfer, confirmed by text message': async (walk) => {
    await walk.signIn()
    const { id } = (await walk.transfer()).body
    const { scaChallengeId } = (await walk.challenge(WIRE, id)).body
    await walk.verify(scaChallengeId, WIRE, '000000')
    await walk.verify(scaChallengeId, WIRE)
    await walk.call('GET', `/${WIRE}/${id}`)
    await walk.diagram.act('settle-transfer', { id }, 'Network')
    await walk.call('GET', `/${WIRE}/${id}`)
  },
  'A transfer, confirmed on the phone': async (walk) => {
    const { id } = (await walk.transfer()).body
    const declined = (await walk.push(WIRE, id)).body.scaChallengeId
    await walk.diagram.act('decline', { challengeId: declined }, 'Phone')
    await walk.call('GET', `/${WIRE}/${id}`)
    const accepted = (await walk.push(WIRE, id)).body.scaChallengeId
    await walk.diagram.act('accept', { challengeId: accepted }, 'Phone')
    await walk.call('GET', `/${WIRE}/${id}`)
  },
  'A send': async (walk) => {
    const { id } = (await walk.call('POST', '/sends', SEND)).body
    const { scaChallengeId } = (await walk.challenge('sends', id)).body
    await walk.verify(scaChallengeId, 'sends')
    await walk.call('GET', `/sends/${id}`)
  },
  'A batch of beneficiaries': async (walk) => {
    const { body } = await walk.call('POST', '/beneficiaries', { beneficiaries: [] })
    const path = `/beneficiaries/batch/${body.operationBatchId}`
    await walk.call('POST', `${path}/challenges/otp/SMS`)
    await walk.call('POST', `${path}/challenges/otp/SMS/verify`, { verificationCode: '123456' })
    await walk.call('GET', path)
    await walk.diagram.advance('5s')
    await walk.call('GET', path)
  },
  'A step-up by push': async (walk) => {
    const { id } = (await walk.call('POST', '/stepup/challenges/push/AUTHY')).body
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
