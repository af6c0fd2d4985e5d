/** Writes a scenario about a one-time password: a code is sent, entered wrong, entered right. */
import type { Contract, Operation } from '../contract/model.ts'
import { SchemaView } from '../contract/schema.ts'
import { successStatus } from '../response/choose.ts'
import { canLoad, type Failure, listFailures, type ScenarioFiles } from './scaffold.ts'
import { bodySchema, requiredNames } from './scaffold-item.ts'
import { access, explainPlaying, formatScenario } from './scaffold-yaml.ts'

const SCENARIO = 'one-time-password'

const HEADER = `# Codes that are sent can be read at /__admin/sessions/<session>/messages.
${explainPlaying(SCENARIO)}`

/** @returns undefined where no operations of the document send and verify a code */
export function scaffoldOtp(contract: Contract): ScenarioFiles | undefined {
  return findOtpCases(contract)
    .map((found) => ({ [`${SCENARIO}.yaml`]: writeOtpScenario(found) }))
    .find((files) => canLoad(contract, files))
}

interface OtpCase {
  readonly send: Operation
  readonly verify: Operation
  /** The field of the request that has the code. */
  readonly field: string
  readonly wrongCode: Failure
}

const CODE_FIELD = /(?:otp|code|pin)$/i
const WRONG_CODE = /(?=.*(?:otp|code|pin))(?=.*(?:invalid|wrong|incorrect))/i

/** Finds codes that are sent at the path above the one that verifies them, or beside it. */
function findOtpCases(contract: Contract): OtpCase[] {
  const posts = [...contract.operations.values()].filter(({ method }) => method === 'POST')
  const found = posts.flatMap((verify): OtpCase[] => {
    const schema = bodySchema(verify)
    const field = requiredNames(schema, contract).find((name) => CODE_FIELD.test(name))
    const wrongCode = listFailures(verify).find(
      (failure) => typeof failure === 'object' && WRONG_CODE.test(failure.example),
    )
    const above = pathAbove(verify)
    const send =
      posts.find(({ path }) => path === above) ??
      posts.find((each) => each !== verify && above !== '' && pathAbove(each) === above)
    if (!field || !wrongCode || !send || !verify.body?.required) return []
    const isText = new SchemaView(schema, contract.follow).property(field).types.has('string')
    return isText ? [{ send, verify, field, wrongCode }] : []
  })
  const countParameters = ({ send }: OtpCase) => send.path.split('{').length
  return found.sort((one, other) => countParameters(one) - countParameters(other))
}

/** The path without its last part: that of `/codes/{id}/check` is `/codes/{id}`. */
const pathAbove = ({ path }: Operation) => path.replace(/[/:][^/:]*$/, '')

function writeOtpScenario({ send, verify, field, wrongCode }: OtpCase): string {
  const code = '123456'
  const sending = [
    {
      set: { 'oneTimePassword.sent': true },
      send: { channel: 'SMS', code },
      respond: successStatus(send),
    },
  ]
  const verifying = [
    { when: '!state.oneTimePassword.sent', respond: 'default' },
    {
      when: `request.body${access(field)} == "${code}"`,
      set: { 'oneTimePassword.sent': false },
      respond: successStatus(verify),
    },
    { respond: wrongCode },
  ]
  const head = {
    scenario: SCENARIO,
    summary: 'A code is sent, a wrong code is refused, and the right code is accepted once.',
    state: { oneTimePassword: { sent: false } },
  }
  return formatScenario(HEADER, head, [
    { operation: send, comment: 'sends the code.', script: { rules: sending } },
    { operation: verify, comment: 'accepts the code once.', script: { rules: verifying } },
  ])
}
