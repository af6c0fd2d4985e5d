/** A request of one operation, read as the server reads it: what its parameters say. */

import type { RequestParts } from '../../src/contract/model.ts'
import { Parameters } from '../../src/contract/parameters.ts'
import { RouteIndex } from '../../src/contract/router.ts'
import { address } from '../../src/pipeline/address.ts'
import { contractOfPaths } from '../files.ts'

export type Values = Readonly<Record<string, unknown>>
type Place = 'path' | 'query' | 'header' | 'cookie'

export interface Reading {
  /** By place and name, as the validator gets them. */
  readonly values: Readonly<Record<Place, Values>>
  /** In short: `query X type integer`. */
  readonly faults: readonly string[]
}

export interface Described {
  readonly template?: string
  /** Beside the operation, in its path item. */
  readonly shared?: readonly object[]
  readonly more?: object
}

type Headers = Readonly<Record<string, string | string[]>>

/** Reads requests of an operation that has these parameters. */
export function readerOf(
  parameters: readonly object[],
  { template = '/x', shared = [], more = {} }: Described = {},
): (url: string, headers?: Headers) => Reading {
  const operation = { operationId: 'read', parameters, responses: {} }
  const paths = { [template]: { parameters: shared, get: operation } }
  const contract = contractOfPaths(paths, { ...more })
  const index = new RouteIndex([contract])
  return (url, headers = {}) => {
    const { path, query } = address({ method: 'GET', url, headers, body: undefined, receivedAt: 0 })
    const match = index.match('GET', path)
    if (match.kind !== 'found') throw new Error(`${url} is not found: ${match.kind}`)
    const rawQuery = url.split('?', 2)[1]
    const { operation, rawPath } = match
    const parts: RequestParts = {
      ...{ path: match.path, query, headers, body: undefined, rawPath, rawQuery },
    }
    const described = operation.definition.parameters as unknown as Record<string, unknown>[]
    const values = new Parameters(described, contract.follow).values(parts)
    const faults = contract.checkRequest(operation, parts).map(({ place, field, rule, params }) => {
      return [place, field, rule, ...params].join(' ')
    })
    return { values: values as Reading['values'], faults }
  }
}
