/** Which scenarios send an error code: people ask for a scenario by the code that they want. */
import { type Operation, responseFor } from '../contract/model.ts'
import type { RespondTemplate, Rule, Scenario } from '../scenario/model.ts'
import { nearest } from '../suggest.ts'
import type { Apis } from './apis.ts'

/** What sends an error code. */
export interface ErrorCode {
  /** As the contract writes it. */
  readonly code: string
  /** The lowest status that has it. */
  readonly status: number
  /** Scenarios of which a rule sends it, best first. */
  readonly scenarios: readonly string[]
}

/** Most scenarios that are named. */
const MOST = 3

/** Finds the error code that is meant by the name of a scenario; undefined where it is none. */
export function findErrorCode(name: string, { byName }: Apis): ErrorCode | undefined {
  const wanted = toCode(name)
  const statuses = new Map<string, number>()
  const scenarios = new Set<string>()
  for (const { contract, scenarioSet } of byName.values()) {
    for (const operation of contract.operations.values()) {
      for (const [code, status] of errorCodes(operation)) {
        if (toCode(code) !== wanted) continue
        statuses.set(code, Math.min(status, statuses.get(code) ?? status))
        for (const scenario of scenarioSet.scenarios.values()) {
          if (isSentBy(scenario, operation, code)) scenarios.add(scenario.name)
        }
      }
    }
  }
  const [found] = statuses
  if (!found) return undefined
  const [code, status] = found
  return { code, status, scenarios: sortByNearness(toName(code), scenarios) }
}

const toCode = (name: string) => name.toUpperCase().replaceAll('-', '_')
const toName = (code: string) => code.toLowerCase().replaceAll('_', '-')

/** The names of all examples of errors, each with its status. */
const errorCodes = ({ responses }: Operation): [code: string, status: number][] =>
  [...responses.values()].flatMap(({ key, contents }) =>
    /^[45]\d\d$/.test(key)
      ? contents.flatMap(({ examples }) =>
          [...examples.keys()].map((code): [string, number] => [code, Number(key)]),
        )
      : [],
  )

/** A scenario that extends no other is played anyway: nobody has to ask for it. */
const isSentBy = (scenario: Scenario, operation: Operation, code: string): boolean =>
  scenario.base !== undefined &&
  responsesTo(operation, scenario).some(({ status, example, body }) => {
    if (body !== undefined) return false
    const [first] = responseFor(operation, status)?.content?.examples.keys() ?? []
    return (example ?? first) === code
  })

function sortByNearness(name: string, scenarios: ReadonlySet<string>): string[] {
  const near = nearest(name, scenarios)
  const others = [...scenarios].filter((each) => !near.includes(each)).sort()
  return [...near, ...others].slice(0, MOST)
}

/** The responses that the rules of an operation name. */
export const responsesTo = ({ id }: Operation, { operations }: Scenario): RespondTemplate[] =>
  responsesOf(operations.get(id)?.rules ?? [])

export const responsesOf = (rules: readonly Rule[]): RespondTemplate[] =>
  rules.flatMap(({ respond }) => (typeof respond === 'object' ? [respond] : []))
