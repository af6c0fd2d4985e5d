/** Values made of one schema, by a contract of its own. */
import type { Json, Schema } from '../../src/contract/model.ts'
import { generator } from '../../src/generate/generate.ts'
import { contractOfPaths } from '../files.ts'

const REF = '#/components/schemas/'

export const ref = (name: string) => ({ $ref: REF + name })

/** What makes values of a schema, and the contract's word on them. */
export function makerOf(
  schema: unknown,
  schemas: Readonly<Record<string, unknown>> = {},
  openapi = '3.1.0',
) {
  const content = { 'application/json': { schema } }
  const paths = { '/values': { get: { operationId: 'read', responses: { 200: { content } } } } }
  const contract = contractOfPaths(paths, { openapi, components: { schemas } })
  const spec = contract.operations.get('read')!.responses.get('200')!
  const generate = generator()
  const read = spec.content!.schema as Schema
  return {
    generated: (seed = 1) => generate(contract, read, seed),
    check: (value: Json) => contract.checkBody(spec, value),
    follow: contract.follow,
    schema: read,
  }
}

/** A value that keeps to its schema; else the test fails with the reason. */
export async function made(
  schema: unknown,
  schemas: Readonly<Record<string, unknown>> = {},
  { openapi = '3.1.0', seed = 1 } = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests look into values freely
): Promise<any> {
  const { generated, check } = makerOf(schema, schemas, openapi)
  const result = await generated(seed)
  if (!result.ok) throw new Error(`${JSON.stringify(schema)}: ${result.reason}`)
  const [breach] = check(result.value)
  if (breach) throw new Error(`${JSON.stringify(result.value)}: ${breach.message}`)
  return result.value
}
