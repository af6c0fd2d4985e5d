/** The file of what holds for all scenarios of an API. */
import type { Contract, Operation } from '../contract/model.ts'
import { inline, plain } from './written.ts'

const usesToken = ({ security }: Operation) =>
  security.length > 0 &&
  security.every((together) =>
    together.some((scheme) => scheme.kind === 'http' && scheme.scheme === 'bearer'),
  )

/** Whether those operations know their caller by a bearer token. */
export const areByToken = (operations: readonly Operation[]): boolean =>
  operations.length > 0 && operations.every(usesToken)

export const haveToken = (operations: readonly Operation[]): boolean => operations.some(usesToken)

const OWN = `# Whose state a request is about: here that of its bearer token, so that a new token starts over.
subject: token`

const SHARED = `# Whose state a request is about: here there is one for everybody. An expression tells users apart,
# such as request.headers["x-user"]; tests keep apart by the header X-Sandbox-Session.
subject: '"everyone"'`

export function about(contract: Contract, byToken: boolean): string {
  const operations = [...contract.operations.values()]
  const parameters = operations.flatMap(({ parameters }) => parameters)
  const header =
    parameters.find((each) => each.in === 'header' && /idempot/i.test(each.name))?.name ??
    'idempotency-key'
  return `# What holds for all scenarios of ${plain(contract.title)}. What is a comment is off.

${byToken ? OWN : SHARED}

# Values that every expression can name.
# constants: { code: '123456' }

# Credentials that are refused with a status of the document's, for clients that cannot add headers.
# credentials:
#   - { when: token == "revoked" || apiKey == "revoked", respond: 401 }

# A request with the same reference gets the first answer again.
# idempotency: { header: ${inline(header)}, keep: 24h }

# How requests are refused that break the contract. What is not here is answered as the document's
# own response is (422 or 400, 401, 404, ...), else with problem details (application/problem+json).
# answers:
#   invalid: { status: 422, body: { message: '\${reason}', errors: '\${faults}' } }
#   tooLarge: { status: 413, body: { message: '\${reason}' } }
`
}
