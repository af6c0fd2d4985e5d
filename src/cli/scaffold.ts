/** Writes the first scenario files of a document: the best that it allows, and they load. */
import type { Contract, Operation } from '../contract/model.ts'
import type { Generate } from '../generate/generate.ts'
import { loadScenarioSet } from '../scenario/load.ts'
import { YamlFile } from '../yaml-file.ts'
import { findResources, writeResourceScenario } from './scaffold-resource.ts'
import { explainPlaying, formatScenario, toComment } from './scaffold-yaml.ts'

/** Texts by file name. */
export type ScenarioFiles = Readonly<Record<string, string>>

/** @param hasScenarios whether the API has scenarios already: its settings and default stay */
export async function scaffoldScenarios(
  contract: Contract,
  generate: Generate,
  hasScenarios: boolean,
): Promise<ScenarioFiles> {
  if (hasScenarios) return scaffoldFailure(contract)
  const settings = writeSettings(contract, [...contract.operations.values()].some(takesToken))
  const stateful = await scaffoldResource(contract, generate)
  return stateful ?? { 'api.yaml': settings, ...scaffoldFailure(contract) }
}

async function scaffoldResource(contract: Contract, generate: Generate) {
  for (const resource of findResources(contract)) {
    const text = await writeResourceScenario(resource, contract, generate)
    if (text === undefined) continue
    const { create, read, list, updates, remove } = resource
    const operations = [create, read, list, ...updates, remove].flatMap((each) => each ?? [])
    const settings = writeSettings(contract, operations.every(takesToken))
    const files = { 'api.yaml': settings, 'default.yaml': text }
    if (canLoad(contract, files)) return files
  }
  return undefined
}

/** Examples of documents break their own schemas at times, and scenarios must not send those. */
export function canLoad(contract: Contract, files: ScenarioFiles): boolean {
  const { 'api.yaml': api, ...scenarios } = files
  const { diagnostics } = loadScenarioSet(contract, {
    api: api === undefined ? undefined : new YamlFile('api.yaml', api),
    folders: [Object.entries(scenarios).map(([name, text]) => new YamlFile(name, text))],
  })
  return diagnostics.length === 0
}

const takesToken = ({ security }: Operation) =>
  security.length > 0 &&
  security.every((schemes) =>
    schemes.some((each) => each.kind === 'http' && each.scheme === 'bearer'),
  )

const TOKEN_SUBJECT = `# Whose state a request uses. Here each bearer token has its own, so a new token starts over.
subject: token`

const SHARED_SUBJECT = `# Whose state a request uses. Here all requests share one. An expression such as
# request.headers["x-user"] tells users apart; the header X-Sandbox-Session keeps tests apart.
subject: '"everyone"'`

const writeSettings = ({ title }: Contract, byToken: boolean) =>
  `# Settings for all scenarios of ${toComment(title)}. Settings behind a "#" are off.

${byToken ? TOKEN_SUBJECT : SHARED_SUBJECT}

# Values that every expression can use by name.
# constants: { code: '123456' }

# Credentials to refuse, with a status of the document: for clients that cannot add headers.
# credentials:
#   - { when: token == "revoked" || apiKey == "revoked", respond: 401 }

# A request that repeats the value of this header gets the first response again.
# idempotency: { header: idempotency-key, keep: 24h }

# Responses to requests that break the contract. By default the document's own response is sent (422
# or 400, 401, 404, ...), or problem details (application/problem+json) if it has none.
# answers:
#   invalid: { status: 422, body: { message: '\${reason}', errors: '\${faults}' } }
#   tooLarge: { status: 413, body: { message: '\${reason}' } }
`

/** A documented error as `respond` names it: its status, or one of its examples. */
export type Failure = number | { readonly status: number; readonly example: string }

/** The errors of an operation: the examples of each status, then the status without one. */
export const listFailures = ({ responses }: Operation): Failure[] =>
  [...responses.values()].flatMap(({ key, content }): Failure[] => {
    // An operation whose only response is `default` succeeds with it.
    const status = key === 'default' && responses.size > 1 ? 500 : Number(key.replace('XX', '00'))
    const examples = [...(content?.examples.keys() ?? [])]
    return status >= 400 ? [...examples.map((example) => ({ status, example })), status] : []
  })

/** Enough: the first error of a document can almost always be sent. */
const MAX_CANDIDATES = 40

/** Lets the first call fail: with the first error that can be sent, else with a broken connection. */
function scaffoldFailure(contract: Contract): ScenarioFiles {
  const operations = [...contract.operations.values()]
  const failures = operations.flatMap((operation) =>
    listFailures(operation).map((respond) => ({ operation, entry: { respond } as object })),
  )
  const broken = operations
    .slice(0, 1)
    .map((operation) => ({ operation, entry: { fault: 'reset' } }))
  for (const { operation, entry } of [...failures.slice(0, MAX_CANDIDATES), ...broken]) {
    const scenario = 'first-call-fails'
    const summary = `The first call of ${operation.id} fails; later calls are answered as usual.`
    const comment = 'has one entry for each call; the last entry repeats.'
    const script = { calls: [entry, 'default'] }
    const text = formatScenario(explainPlaying(scenario), { scenario, summary }, [
      { operation, comment, script },
    ])
    if (canLoad(contract, { [`${scenario}.yaml`]: text })) return { [`${scenario}.yaml`]: text }
  }
  return {}
}
