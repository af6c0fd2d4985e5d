/** A scenario in which the first call of an operation fails, and each later one does not. */
import type { Contract, Operation } from '../contract/model.ts'
import { inline, plain } from './written.ts'

export interface Failure {
  readonly status: string
  readonly example: string | undefined
}

/** The answers of an operation that tell of an error, by status and name. */
export const failures = ({ responses }: Operation): Failure[] =>
  [...responses.values()].flatMap(({ key, content }): Failure[] => {
    if (!/^[45]\d\d$/.test(key)) return []
    const names = [...(content?.examples.keys() ?? [])]
    return names.length > 0
      ? names.map((example) => ({ status: key, example }))
      : [{ status: key, example: undefined }]
  })

/** As `respond` says it. */
export const respond = ({ status, example }: Failure) =>
  example === undefined ? status : inline({ status: Number(status), example })

/** Failures that a range or `default` stands for come after those of a status. */
function all(operation: Operation): Failure[] {
  const { responses } = operation
  const ranges = ['4XX', '5XX'].filter((key) => responses.has(key))
  const others = [
    ...ranges.map((key) => key.replace('XX', '00')),
    ...(responses.has('default') && responses.size > 1 ? ['500'] : []),
  ]
  return [...failures(operation), ...others.map((status) => ({ status, example: undefined }))]
}

/** More than anybody's first operations have. */
const MOST_TRIED = 40

/** Files, the best first; the last one is sound for every document. */
export function* failing({ operations }: Contract): Generator<string> {
  const list = [...operations.values()]
  const found = list.flatMap((each) => all(each).map((failure) => ({ each, failure })))
  for (const { each, failure } of found.slice(0, MOST_TRIED)) {
    yield written(each, `{ respond: ${respond(failure)} }`, `is answered with ${failure.status}`)
  }
  const [first] = list
  if (first) yield written(first, '{ fault: reset }', 'breaks off')
}

function written({ id, method, path }: Operation, entry: string, what: string): string {
  return `# Play it with the header "X-Sandbox-Scenario: first-call-fails", or with the base URL
# http://localhost:4010/@my-test:first-call-fails. See docs/scenarios.md for the language.
scenario: first-call-fails
summary: ${inline(`The first call of ${id} ${what}, each later one as always.`)}
operations:
  # ${plain(`${method} ${path}`)}
  ${inline(id)}:
    # One entry a call; the last one repeats. "rules" in place of "calls" look at remembered state.
    calls:
      - ${entry}
      - default
`
}
