/** A small document and scenario files of it, read without a disk. */

import { loadContract } from '../src/contract/load.ts'
import type { Contract } from '../src/contract/model.ts'
import { formatFault, LoadError } from '../src/errors.ts'
import { loadPlaybook } from '../src/scenario/load.ts'
import type { Playbook } from '../src/scenario/model.ts'
import { Source } from '../src/yaml-file.ts'

/** Sends codes and verifies them; small enough to be known by heart. */
export const BANK = `openapi: 3.1.0
info: { title: Bank, version: '1' }
paths:
  /codes/{id}:
    parameters: [{ $ref: '#/components/parameters/Id' }]
    get:
      operationId: getCode
      responses:
        '200': { $ref: '#/components/responses/Code' }
    post:
      operationId: sendCode
      responses:
        '200': { $ref: '#/components/responses/Code' }
        '204': { description: Sent. }
        '409': { $ref: '#/components/responses/Conflict' }
  /codes/{id}:verify:
    parameters: [{ $ref: '#/components/parameters/Id' }]
    post:
      operationId: verifyCode
      requestBody:
        required: true
        content:
          application/json:
            schema: { type: object, required: [code], properties: { code: { type: string } } }
      responses:
        '204': { description: Right. }
        '409': { $ref: '#/components/responses/Conflict' }
        '429':
          description: Slow down.
          headers: { Retry-After: { required: true, schema: { type: integer, maximum: 60 } } }
components:
  parameters:
    Id: { name: id, in: path, required: true, schema: { type: string } }
  schemas:
    Code:
      type: object
      required: [id]
      properties:
        id: { type: string, minLength: 1 }
        tries: { type: integer }
        sentAt: { type: string, format: date-time }
      additionalProperties: false
  responses:
    Code:
      description: A code.
      headers: { X-Left: { schema: { type: integer, minimum: 0 }, example: 5 } }
      content: { application/json: { schema: { $ref: '#/components/schemas/Code' } } }
    Conflict:
      description: Not now.
      content:
        application/json:
          schema: { type: object, required: [error], properties: { error: { type: string } } }
          examples:
            TOO_EARLY: { value: { error: TOO_EARLY } }
            WRONG_CODE: { value: { error: WRONG_CODE } }
            BROKEN: { value: {} }
`

export const contractOf = (text: string, file = 'bank.yaml'): Contract =>
  loadContract(new Source(file, text))

type Json = Readonly<Record<string, unknown>>

/** A document of nothing but these paths, as text. */
export const documentOf = (paths: Json, more: Json = {}): string =>
  JSON.stringify({ openapi: '3.1.0', info: { title: 'Test', version: '1' }, paths, ...more })

export const contractOfPaths = (paths: Json, more: Json = {}, file?: string): Contract =>
  contractOf(documentOf(paths, more), file)

/** Texts by file name. */
type Files = Readonly<Record<string, string>>

export interface PlaybookFiles {
  /** One folder, or several of which a later one replaces. */
  readonly folders?: Files | readonly Files[]
  readonly api?: string
  readonly contract?: Contract
}

/** Loads scenario files; faults as they are printed. */
export function loadFiles({ folders = {}, api, contract = contractOf(BANK) }: PlaybookFiles) {
  const { playbook, faults } = loadPlaybook(contract, {
    api: api === undefined ? undefined : new Source('api.yaml', api),
    folders: [folders]
      .flat()
      .map((files) => Object.entries(files).map(([file, text]) => new Source(file, text))),
  })
  return { playbook, faults: faults.map(formatFault) }
}

export const faultsOf = (files: PlaybookFiles): string[] => loadFiles(files).faults

/** Loads scenario files that have no faults. */
export function playbookOf(files: PlaybookFiles): Playbook {
  const { playbook, faults } = loadFiles(files)
  if (!playbook) throw new Error(faults.join('\n'))
  return playbook
}

/** What a load that must fail says is wrong. */
export function failure(load: () => unknown): string[] {
  try {
    load()
  } catch (error) {
    if (error instanceof LoadError) return error.faults.map(formatFault)
    throw error
  }
  throw new Error('it loads')
}
